const HtmlPlugin = require('html-webpack-plugin');

module.exports = { entry: './main.js', output: { filename: '[name].[contenthash].js', clean: true }, plugins: [new HtmlPlugin()] };
