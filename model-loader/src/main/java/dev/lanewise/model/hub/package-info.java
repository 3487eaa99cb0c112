/**
 * What the JSON files beside the weights of a published model say, in the words of GGUF: shape,
 * names of the tensors, tokenizer, chat template.
 */
package dev.lanewise.model.hub;
