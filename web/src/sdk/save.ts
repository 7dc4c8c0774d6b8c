// Saves a file in the browser. As its type is that of plain bytes, the browser never opens it.

const kept = 60_000;

export function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content.slice(0, content.size, 'application/octet-stream'));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Browsers read the file some time after the click.
  setTimeout(() => URL.revokeObjectURL(url), kept);
}
