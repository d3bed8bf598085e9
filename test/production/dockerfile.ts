/** Just enough of a reader for our own Dockerfile. */
export interface Instruction {
  readonly name: string;
  /** Words after the name; flags left out. */
  readonly args: readonly string[];
  readonly text: string;
}

export function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile.replaceAll(/\\\n/g, " ").split("\n");
  return lines
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [name = "", ...words] = line.split(/\s+/);
      return { name, args: words.filter((word) => !word.startsWith("--")), text: line };
    });
}

/** One list for each FROM. */
export function stagesOf(instructions: readonly Instruction[]): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.name === "FROM") stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}
