/** The OpenAI-compatible API: requests from JSON, answers to JSON and server-sent events. */
package dev.lanewise.server.openai;
