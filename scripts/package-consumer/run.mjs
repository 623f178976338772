import { modelshelf as expressAdapter } from '@modelshelf/adapter-express';
import { modelshelf as fastifyAdapter } from '@modelshelf/adapter-fastify';
import { modelshelf as koaAdapter } from '@modelshelf/adapter-koa';
import * as core from '@modelshelf/core';
import { toFetchHandler } from '@modelshelf/core/fetch';
import * as testing from '@modelshelf/core/testing';
import * as ui from '@modelshelf/ui';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import { exercise } from './exercise.cjs';

const adapters = { express: expressAdapter, fastify: fastifyAdapter, koa: koaAdapter };
await exercise({ core, toFetchHandler, testing, ui, adapters, express, fastify, Koa });
