/** Files to memory: GGUF, model configuration, tokenizers, chat templates. */
package dev.lanewise.model;
