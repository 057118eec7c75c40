// One page for every address: the server only hands out files (adapter-static, fallback).
export const ssr = false;
export const prerender = false;
