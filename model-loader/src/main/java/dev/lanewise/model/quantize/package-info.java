/** Model files in other formats: which tensor gets which, and what its inputs say about it. */
package dev.lanewise.model.quantize;
