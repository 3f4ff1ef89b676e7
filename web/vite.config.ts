// Two pages, each with its own entry; all files under assets/ carry a hash of their content. The pages are served under
// a policy that allows nothing inline: so no file is made a data: URL, and no polyfill is written into the page.
import { defineConfig } from "vite";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: ["index.html", "ops.html"] },
  },
  // `npm run dev` against a store that runs here.
  server: { proxy: { "/v1": "http://127.0.0.1:8080", "/ops/": "http://127.0.0.1:8080" } },
});
