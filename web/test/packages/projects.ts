// The projects of other people in which the package is tried. Versions are exact, so that what a run shows is the package's doing.

/** A project: `{port}` in its commands is a free port. */
export interface Spec {
  name: string;
  /** Part of `make test`. */
  quick?: true;
  /** The packages beside ours. */
  packages: Record<string, string>;
  /** Folders of `projects` whose files it has, beside `shared`; later ones win. */
  files: string[];
  /** Builds it for production. */
  build?: string;
  /** What is served in production, as single-page apps are: a page for every address. */
  folder?: string;
  /** Serves it in production, where files alone will not do. */
  start?: string;
  /** The development server. */
  dev?: string;
  /** Where the core comes from if not from the project's own address. */
  core?: { build?: 'server'; dev?: 'server' };
  /** Errors of the browser's that a fall-back to the server costs. */
  noise?: RegExp;
  /** Addresses on its server where code without a page calls `init`. */
  without?: string[];
}

const react = { react: '19.3.1', 'react-dom': '19.3.1' };
const leftOut = /404|Failed to find a valid digest|SRI's integrity checks failed/;
const vite = { build: 'vite build', folder: 'dist', dev: 'vite --host 127.0.0.1 --port {port} --strictPort' };
const next = { ...react, next: '16.4.6' };

export const specs: Spec[] = [
  { name: 'Vite 8', quick: true, packages: { vite: '8.4.0' }, files: ['page', 'vite'], ...vite },
  { name: 'Vite 7', packages: { vite: '7.3.8' }, files: ['page'], ...vite, core: { dev: 'server' } },
  { name: 'Vite, React', packages: { ...react, vite: '8.4.0', '@vitejs/plugin-react': '6.3.0' }, files: ['page', 'react'], ...vite },
  { name: 'Vite, Vue', packages: { vue: '3.5.45', vite: '8.4.0', '@vitejs/plugin-vue': '6.0.11' }, files: ['page', 'vue'], ...vite },
  {
    name: 'Vite, Svelte',
    packages: { svelte: '5.57.3', vite: '8.4.0', '@sveltejs/vite-plugin-svelte': '7.3.1' },
    files: ['page', 'svelte'],
    ...vite,
  },
  {
    name: 'webpack 5',
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1', 'webpack-dev-server': '6.1.0', 'html-webpack-plugin': '5.6.8' },
    files: ['page', 'webpack'],
    build: 'webpack --mode production --config webpack.config.cjs',
    folder: 'dist',
    dev: 'webpack serve --mode development --config webpack.config.cjs --host 127.0.0.1 --port {port}',
  },
  {
    name: 'Next, Turbopack',
    packages: next,
    files: ['next', 'next-edge'],
    build: 'next build --turbopack',
    start: 'next start -H 127.0.0.1 -p {port}',
    dev: 'next dev --turbopack -H 127.0.0.1 -p {port}',
    without: ['/edge', '/node'],
  },
  {
    name: 'Next, webpack',
    packages: next,
    files: ['next'],
    build: 'next build --webpack',
    start: 'next start -H 127.0.0.1 -p {port}',
    dev: 'next dev --webpack -H 127.0.0.1 -p {port}',
    without: ['/node'],
  },
  {
    name: 'Nuxt',
    packages: { nuxt: '3.21.11' },
    files: ['nuxt'],
    build: 'nuxt build',
    start: 'HOST=127.0.0.1 PORT={port} node .output/server/index.mjs',
    dev: 'nuxt dev --host 127.0.0.1 --port {port}',
    core: { dev: 'server' }, // it has Vite 7, behind a server that answers 404 for what Vite leaves out
    noise: leftOut,
  },
  {
    name: 'Astro',
    packages: { astro: '5.18.2' },
    files: ['astro'],
    build: 'astro build',
    folder: 'dist',
    dev: 'astro dev --host 127.0.0.1 --port {port}',
    core: { dev: 'server' }, // it has Vite 6
  },
  {
    name: 'Parcel',
    packages: { parcel: '2.16.4' },
    files: ['page'],
    build: 'parcel build index.html --no-source-maps',
    folder: 'dist',
    dev: 'parcel serve index.html --host 127.0.0.1 --port {port}',
  },
  {
    name: 'esbuild',
    packages: { esbuild: '0.28.2' },
    files: ['page', 'esbuild'],
    build: 'esbuild main.js --bundle --minify --format=esm --splitting --outdir=out',
    folder: '.',
    dev: 'esbuild main.js --bundle --format=esm --splitting --outdir=out --servedir=. --serve=127.0.0.1:{port}',
    // esbuild leaves `new URL` as it is, and so the file behind.
    core: { build: 'server', dev: 'server' },
    noise: leftOut,
  },
  { name: 'import map', quick: true, packages: {}, files: ['page', 'importmap'], folder: '.' },
  { name: 'import map, from the server', quick: true, packages: {}, files: ['page', 'served'], folder: '.', core: { build: 'server' } },
  { name: 'script tag', packages: {}, files: ['script'], folder: '.' },
];
