package dev.lanewise.engine;

/**
 * What an engine has to do at a moment. A block of the KV cache has 32 tokens, of all layers, or of
 * a part of them in models where some have a window.
 *
 * @param running requests that hold blocks of the KV cache
 * @param waiting accepted requests that do not, preempted ones among them
 * @param usedBlocks blocks of the KV cache that requests hold
 * @param idleBlocks blocks that none holds, kept for prompts that start alike
 * @param totalBlocks blocks there are
 */
public record EngineLoad(
    int running, int waiting, int usedBlocks, int idleBlocks, int totalBlocks) {}
