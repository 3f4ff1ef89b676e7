#!/usr/bin/python3
"""/openapi.json is OpenAPI 3.1, says Redocly's linter.

The linter comes from the npm registry (package-lock.json here) into the build directory; where npm is missing, or the
registry cannot be reached, the test is skipped (exit code 77) and says so.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "process"))
SKIP = 77
# What a description for everybody should have; ours has no authentication, and says so.
RULES = ("extends: [spec]\nrules:\n  no-invalid-media-type-examples: error\n  operation-operationId-unique: error\n"
         "  path-parameters-defined: error\n  no-ambiguous-paths: off\n  no-identical-paths: error\n"
         "  operation-4xx-response: off\n")


def linter():
    """The program, installed once per build directory."""
    if not shutil.which("npm"):
        sys.exit(skip("npm is missing: apt-get install nodejs npm"))
    place = pathlib.Path(os.environ["OPENAPI_TOOLS"])
    program = place / "node_modules/.bin/redocly"
    if not program.exists():
        place.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, place)
        installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=place,
                                   capture_output=True, text=True)
        if installed.returncode != 0:
            sys.exit(skip("npm ci failed:\n" + installed.stderr))
    return program


def skip(why):
    print(f"skipped: {why}")
    return SKIP


def main():
    from http_client import Http
    from store import PYGMY, free_port_base, tcp, wait_for
    program = linter()
    port = free_port_base()
    bridge = subprocess.Popen([PYGMY, "bridge", "--listen", f"127.0.0.1:{port}", "--frontend", tcp(port + 1)],
                              stderr=subprocess.DEVNULL)
    try:
        http = Http(port)

        def description():
            try:
                return http.get("/openapi.json").body
            except OSError:
                return None
        text = wait_for("the bridge listens", description)
    finally:
        bridge.terminate()
        bridge.wait()
    with tempfile.TemporaryDirectory(prefix="pygmy-openapi-") as home:
        pathlib.Path(home, "openapi.json").write_bytes(text)
        pathlib.Path(home, "redocly.yaml").write_text(RULES)
        checked = subprocess.run([program, "lint", "openapi.json"], cwd=home, capture_output=True, text=True,
                                 env={**os.environ, "REDOCLY_TELEMETRY": "off"})
    print(checked.stdout + checked.stderr)
    return 1 if checked.returncode != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
