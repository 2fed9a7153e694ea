import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  { files: ["pages/_ui/frontend/**"], languageOptions: { globals: globals.browser } },
  // These also run in a worker and in node: no document, no window.
  {
    files: ["pages/_ui/frontend/core/**", "pages/_ui/frontend/plane/*_worker.js"],
    languageOptions: { globals: { ...globals["shared-node-browser"], ...globals.worker } },
  },
  { files: ["tests/javascript/**"], languageOptions: { globals: globals.node } },
];
