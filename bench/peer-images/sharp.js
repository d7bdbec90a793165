// sharp: for each line with a job one line with the sizes of what was made, in bytes.
// One thread and no cache, so that processor time is what the work takes and every picture is made anew.

import fs from "node:fs/promises";
import path from "node:path";
import readline from "node:readline";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);

function made(file, { side, format, quality }) {
  const options = quality ? { quality } : {};
  return sharp(file)
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
    .toFormat(format, options)
    .toBuffer();
}

async function work({ input, outputs, folder }) {
  const file = await fs.readFile(input);
  const sizes = [];
  for (const [index, output] of outputs.entries()) {
    const bytes = await made(file, output);
    if (folder) await fs.writeFile(path.join(folder, `${index}.${output.format}`), bytes);
    sizes.push(bytes.length);
  }
  return sizes;
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  let sizes = [];
  for (let n = 0; n < job.repeat; n++) sizes = await work(job);
  console.log(JSON.stringify({ sizes }));
}
