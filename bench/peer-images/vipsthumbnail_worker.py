"""vipsthumbnail: for each line with a job one line with the sizes of what was made and the most memory it took, in bytes.

One process makes all of a job's pictures of one size, so that its start is paid for once.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

ENVIRONMENT = {**os.environ, "VIPS_CONCURRENCY": "1"}


def made(job, index, output, folder):
    options = f"[Q={output['quality']}]" if output["quality"] else ""
    path = pathlib.Path(folder, f"{index}.{output['format']}")
    side = f"{output['side']}x{output['side']}>"
    command = ["vipsthumbnail", *[job["input"]] * job["repeat"], "--size", side]
    subprocess.run([*command, "--output", f"{path}{options}"], env=ENVIRONMENT, check=True)
    return path.stat().st_size


for line in sys.stdin:
    job = json.loads(line)
    with tempfile.TemporaryDirectory() as temporary:
        folder = job["folder"] or temporary
        sizes = [made(job, index, output, folder) for index, output in enumerate(job["outputs"])]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({"sizes": sizes, "peak": peak}), flush=True)
