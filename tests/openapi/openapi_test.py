#!/usr/bin/python3
"""Checks /openapi.json: Redocly's linter takes it for OpenAPI 3.1, and typescript/src/openapi.ts is made from it.

    PYGMY=build/release/pygmy tests/openapi/openapi_test.py [--write]     --write: only makes typescript/src/openapi.ts

The linter comes from the npm registry (package-lock.json here) into the build directory, and the generator of the types
into web/node_modules (./dev web). If npm is missing or the registry cannot be reached, the test is skipped (exit code
77) and says so.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "process"))
SKIP = 77
TYPES = HERE.parents[1] / "typescript/src/openapi.ts"  # for the library and for the pages
GENERATOR = HERE.parents[1] / "web/node_modules/.bin/openapi-typescript"
# The rules for a public description. Ours has no authentication, and says so.
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


def description():
    """The description that a bridge serves; it needs no store."""
    from http_client import Http
    from store import PYGMY, free_port_base, tcp, wait_for
    port = free_port_base()
    bridge = subprocess.Popen([PYGMY, "bridge", "--listen", f"127.0.0.1:{port}", "--frontend", tcp(port + 1)],
                              stderr=subprocess.DEVNULL)

    def asked():
        try:
            return Http(port).get("/openapi.json").body
        except OSError:
            return None
    try:
        return wait_for("the bridge listens", asked)
    finally:
        bridge.terminate()
        bridge.wait()


def run(*command, home):
    return subprocess.run(command, cwd=home, capture_output=True, text=True,
                          env={**os.environ, "REDOCLY_TELEMETRY": "off"})


def types(home):
    """The TypeScript types of the named schemas in home/openapi.json. The pages need no types of paths."""
    described = json.loads(pathlib.Path(home, "openapi.json").read_bytes())
    named = {**described, "paths": {}, "components": {"schemas": described["components"]["schemas"]}}
    pathlib.Path(home, "named.json").write_text(json.dumps(named))
    made = run(GENERATOR, "named.json", "--root-types", "--root-types-no-schema-prefix", home=home)
    if made.returncode != 0:
        sys.exit(made.stderr)
    return "// Made from /openapi.json by ./dev types. Do not edit.\n" + made.stdout


def main():
    write = "--write" in sys.argv
    if not GENERATOR.exists():
        return skip("web/node_modules is missing; ./dev web makes it")
    program = None if write else linter()
    with tempfile.TemporaryDirectory(prefix="pygmy-openapi-") as home:
        pathlib.Path(home, "openapi.json").write_bytes(description())
        pathlib.Path(home, "redocly.yaml").write_text(RULES)
        if write:
            TYPES.write_text(types(home))
            return 0
        checked = run(program, "lint", "openapi.json", home=home)
        print(checked.stdout + checked.stderr)
        same = TYPES.read_text() == types(home)
    if not same:
        print(f"{TYPES.name} was not made from this description: run ./dev types")
    return 0 if same and checked.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
