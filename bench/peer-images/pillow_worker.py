"""Pillow: for each line with a job one line with the sizes of what was made, in bytes."""

import io
import json
import pathlib
import sys

from PIL import Image


def made(file, output):
    picture = Image.open(io.BytesIO(file))
    # Lets the JPEG decoder reduce by itself, as `thumbnail` is documented to.
    picture.thumbnail((output["side"], output["side"]), Image.Resampling.LANCZOS, reducing_gap=2.0)
    options = {"quality": output["quality"]} if output["quality"] else {}
    written = io.BytesIO()
    picture.save(written, output["format"], **options)
    return written.getvalue()


def work(job):
    file = pathlib.Path(job["input"]).read_bytes()
    sizes = []
    for index, output in enumerate(job["outputs"]):
        written = made(file, output)
        if job["folder"]:
            path = pathlib.Path(job["folder"], f"{index}.{output['format']}")
            path.write_bytes(written)
        sizes.append(len(written))
    return sizes


for line in sys.stdin:
    job = json.loads(line)
    for _ in range(job["repeat"]):
        sizes = work(job)
    print(json.dumps({"sizes": sizes}), flush=True)
