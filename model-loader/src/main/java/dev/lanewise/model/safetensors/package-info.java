/**
 * Folders of safetensors, read over a memory mapping with every length and offset checked before it
 * is used.
 */
package dev.lanewise.model.safetensors;
