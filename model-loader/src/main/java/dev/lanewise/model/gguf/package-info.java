/** GGUF files, read over a memory mapping with every count and offset checked before it is used. */
package dev.lanewise.model.gguf;
