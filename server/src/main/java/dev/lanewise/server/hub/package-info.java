/** Fetching models from a hub that speaks the Hugging Face hub's API, and keeping them. */
package dev.lanewise.server.hub;
