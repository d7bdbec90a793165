"""What pictures are measured with and against, by Pillow: neither ours nor what is compared with us.

Each line is a request, each answer `{}`:
{"photo": file, "folder": folder} makes 12.jpg (4000x3000) and 24.jpg (6000x4000) with quality 90 and 4:2:0, and 2.png (1632x1224),
{"reference": file, "side": pixels, "png": file} scales the whole picture by Lanczos, without loss after that,
{"decode": file, "png": file} only decodes.
"""

import json
import pathlib
import sys

from PIL import Image, ImageOps

SIZES = {"12.jpg": (4000, 3000), "24.jpg": (6000, 4000), "2.png": (1632, 1224)}
LANCZOS = Image.Resampling.LANCZOS


def prepare(photo, folder):
    picture = Image.open(photo).convert("RGB")
    for name, size in SIZES.items():
        path = pathlib.Path(folder, name)
        options = {"quality": 90, "subsampling": "4:2:0"} if path.suffix == ".jpg" else {}
        ImageOps.fit(picture, size, LANCZOS).save(path, **options)


def refer(file, side, png):
    picture = Image.open(file).convert("RGB")
    size = ImageOps.contain(picture, (side, side)).size
    picture.resize(size, LANCZOS).save(png, compress_level=1)


def decode(file, png):
    Image.open(file).convert("RGB").save(png, compress_level=1)


for line in sys.stdin:
    match json.loads(line):
        case {"photo": photo, "folder": folder}:
            prepare(photo, folder)
        case {"reference": file, "side": side, "png": png}:
            refer(file, side, png)
        case {"decode": file, "png": png}:
            decode(file, png)
    print("{}", flush=True)
