"""cmake/embed.cmake: a folder of files inside a program, in a small project of its own."""

import gzip
import hashlib
import json
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIXED = "\n".join(f"rule number {i} of the style" for i in range(100)).encode()

CMAKE = """
cmake_minimum_required(VERSION 3.25)
project(embed CXX)
set(CMAKE_CXX_STANDARD 20)
include(@ROOT@/cmake/embed.cmake)
pygmy_embed(${PROJECT_SOURCE_DIR}/dist ${PROJECT_BINARY_DIR}/assets_made.cpp)
add_executable(show show.cpp @ROOT@/bridge/assets.cpp ${PROJECT_BINARY_DIR}/assets_made.cpp)
target_include_directories(show PRIVATE @ROOT@)
"""
# The table as JSON; bytes as hexadecimal digits.
SHOW = r"""
#include <cstdio>
#include "bridge/assets_table.h"
static void hex(const char* name, std::string_view bytes) {
  std::printf(",\"%s\":\"", name);
  for (const unsigned char byte : bytes) std::printf("%02x", byte);
  std::printf("\"");
}
int main() {
  for (std::size_t i = 0; i < bridge::kAssetCount; ++i) {
    const bridge::Asset* asset = bridge::find_asset(bridge::kAssets[i].path);
    std::printf("%s{\"found\":%s", i == 0 ? "[" : ",", asset == bridge::kAssets + i ? "true" : "false");
    hex("path", asset->path), hex("type", asset->type), hex("etag", asset->etag);
    hex("bytes", asset->bytes), hex("gzip", asset->gzip);
    std::printf("}");
  }
  std::printf(bridge::kAssetCount == 0 ? "[]" : "]");
  return bridge::find_asset("/nothing") != nullptr;
}
"""


class Embed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pygmy-embed-")
        self.addCleanup(folder.cleanup)
        self.project = pathlib.Path(folder.name)
        (self.project / "CMakeLists.txt").write_text(CMAKE.replace("@ROOT@", str(ROOT)))
        (self.project / "show.cpp").write_text(SHOW)

    def write(self, path, data):
        file = self.project / "dist" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def run_in_project(self, *command):
        ran = subprocess.run(command, cwd=self.project, capture_output=True, timeout=120)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        return ran.stdout

    def embedded(self):
        """The files in a program that is built now, by path."""
        if not (self.project / "build").exists():
            self.run_in_project("cmake", "-S", ".", "-B", "build", "-G", "Ninja")
        self.run_in_project("cmake", "--build", "build")
        shown = json.loads(self.run_in_project("build/show"))
        self.assertTrue(all(asset.pop("found") for asset in shown), "each is found by its path")
        assets = [{name: bytes.fromhex(text) for name, text in asset.items()} for asset in shown]
        return {asset["path"].decode(): asset for asset in assets}

    def test_every_file_with_its_bytes_type_and_tag(self):
        files = {"index.html": (b"<!doctype html>", "text/html; charset=utf-8"),
                 "assets/shop-3f2a.js": (b"let a = \"\\n${x}@y@\";\n" + FIXED, "text/javascript"),
                 "assets/shop.min.css": (FIXED, "text/css"),
                 "icon.svg": (b"<svg/>", "image/svg+xml"),
                 "logo@2x@3.png": (bytes(range(256)) * 8, "image/png"),
                 "every_byte": (bytes(range(256)), "application/octet-stream"),
                 "two words.txt": (b"\0", "text/plain"),
                 "empty.json": (b"", "application/json")}
        for path, (data, _) in files.items():
            self.write(path, data)
        embedded = self.embedded()
        self.assertEqual(sorted(embedded), sorted("/" + path for path in files))
        for path, (data, kind) in files.items():
            with self.subTest(path):
                asset = embedded["/" + path]
                self.assertEqual(asset["bytes"], data)
                self.assertEqual(asset["type"].decode(), kind)
                self.assertEqual(asset["etag"].decode(), f'"{hashlib.sha256(data).hexdigest()[:16]}"')
                if asset["gzip"]:
                    self.assertEqual(gzip.decompress(asset["gzip"]), data)
                    self.assertLess(len(asset["gzip"]), len(data))
        packed = {path for path, asset in embedded.items() if asset["gzip"]}
        self.assertEqual(packed, {"/assets/shop-3f2a.js", "/assets/shop.min.css"}, "only what gets smaller")

    def test_without_the_folder_there_is_nothing(self):
        self.assertEqual(self.embedded(), {})

    def test_the_next_build_sees_files_that_change_come_and_go(self):
        self.assertEqual(self.embedded(), {})
        self.write("a.txt", b"before")
        self.write("b.txt", b"b")
        self.assertEqual(self.embedded()["/a.txt"]["bytes"], b"before")
        self.write("a.txt", b"after")
        changed = self.embedded()["/a.txt"]
        self.assertEqual(changed["bytes"], b"after")
        self.assertIn(hashlib.sha256(b"after").hexdigest()[:16], changed["etag"].decode())
        (self.project / "dist/b.txt").unlink()
        self.assertEqual(list(self.embedded()), ["/a.txt"])


if __name__ == "__main__":
    unittest.main()
