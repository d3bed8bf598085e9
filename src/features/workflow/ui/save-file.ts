/** Hands the browser a text to save. What no file system takes is left out of its name. */
export function saveFile(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[\\/:*?"<>|\p{Cc}]+/gu, "-");
  link.click();
  // The download reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
