// `./dev lint` runs eslint in the folder above, because eslint refuses files outside of the folder in which it runs.
import css from "@eslint/css";
import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import typescript from "typescript-eslint";

export default defineConfig(
  {
    files: ["**/*.{ts,tsx,mjs}"],
    extends: [js.configs.recommended, typescript.configs.recommended],
    plugins: { "react-hooks": hooks },
    rules: {
      eqeqeq: "error",
      "no-undef": "off", // tsc and the tests find these; eslint would need a list of all globals
      "react-hooks/rules-of-hooks": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
    },
  },
  {
    files: ["web/src/**/*.{ts,tsx}"],
    languageOptions: { parserOptions: { project: "tsconfig.json" } },
    rules: { "@typescript-eslint/no-floating-promises": "error" },
  },
  {
    files: ["typescript/src/**/*.ts"],
    languageOptions: { parserOptions: { project: "../typescript/tsconfig.json" } },
    rules: { "@typescript-eslint/no-floating-promises": "error" },
  },
  {
    files: ["**/*.css"],
    language: "css/css",
    extends: [css.configs.recommended],
    rules: {
      "css/use-baseline": "off", // it refuses properties that a page can do without
      "css/no-important": "off",
      "css/no-invalid-properties": ["error", { allowUnknownVariables: true }], // most stand in shared/base.css
    },
  },
);
