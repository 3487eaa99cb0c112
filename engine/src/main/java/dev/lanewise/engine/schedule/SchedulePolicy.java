package dev.lanewise.engine.schedule;

/**
 * How requests share a machine.
 *
 * @param parallel most requests that hold blocks at a time
 * @param mostColumns most tokens of one step, of those that generate and of prompts
 * @param prefillShare part of the time that prompts get while others generate, above 0 and below 1
 * @param mostChunkNanos what the prompt tokens of a step may take; new requests and cancelled ones
 *     are seen between steps
 */
public record SchedulePolicy(
    int parallel, int mostColumns, double prefillShare, long mostChunkNanos) {}
