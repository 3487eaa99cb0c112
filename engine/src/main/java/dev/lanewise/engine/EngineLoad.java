package dev.lanewise.engine;

/**
 * What an engine has to do at a moment.
 *
 * @param running requests that hold blocks of the KV cache
 * @param waiting accepted requests that do not, preempted ones among them
 * @param usedBlocks blocks of the KV cache that requests hold
 * @param idleBlocks blocks that none holds, kept for prompts that start alike
 * @param totalBlocks blocks there are
 */
public record EngineLoad(
    int running, int waiting, int usedBlocks, int idleBlocks, int totalBlocks) {}
