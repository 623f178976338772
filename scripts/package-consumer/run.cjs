'use strict';
const { exercise } = require('./exercise.cjs');

void exercise({
  core: require('@modelshelf/core'),
  toFetchHandler: require('@modelshelf/core/fetch').toFetchHandler,
  testing: require('@modelshelf/core/testing'),
  ui: require('@modelshelf/ui'),
  adapters: {
    express: require('@modelshelf/adapter-express').modelshelf,
    fastify: require('@modelshelf/adapter-fastify').modelshelf,
    koa: require('@modelshelf/adapter-koa').modelshelf,
  },
  express: require('express'),
  fastify: require('fastify'),
  Koa: require('koa'),
});
