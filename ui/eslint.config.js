import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist', 'src/icons.gen.ts', 'scripts', 'eslint.config.js', 'public'] },
  ...tseslint.configs.strictTypeChecked,
  hooks.configs['recommended-latest'],
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Rows are indexes that were made from the very array: `!` says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
);
