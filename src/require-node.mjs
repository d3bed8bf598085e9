// Loaded before anything else (`node --import`), in JavaScript that old versions read: they cannot load a .ts file and would say
// only "Unknown file extension". pnpm brings Node 24 with it; another one runs when install scripts are off or pnpm is not used.
const MIN_MAJOR = 24;

if (Number.parseInt(process.versions.node, 10) < MIN_MAJOR) {
  process.stderr.write(
    `Heliograph needs Node ${MIN_MAJOR} and this is ${process.versions.node}: start it with \`npx -y pnpm dev\` or \`npx -y pnpm start\`, which bring their own, or install Node ${MIN_MAJOR}.\n`,
  );
  process.exit(1);
}
