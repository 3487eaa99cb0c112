/**
 * Tokens to tokens: loads a model, computes it and samples from it. Usable without the server:
 *
 * <pre>{@code
 * try (Engine engine = Engine.load(path, EngineOptions.defaults(), LoadProgress.SILENT)) {
 *   Map<String, Object> question = Map.of("role", "user", "content", "What is the capital of France?");
 *   int[] prompt = engine.encodeChat(Map.of("messages", List.of(question), "add_generation_prompt", true));
 *   Generation answer = engine.submit(
 *       new GenerationRequest(prompt, OptionalInt.empty(), Sampling.defaults(), List.of()));
 *   for (Optional<String> text = answer.nextText(); text.isPresent(); text = answer.nextText()) {
 *     System.out.print(text.get());
 *   }
 * }
 * }</pre>
 *
 * <p>{@link dev.lanewise.engine.Engine#warmUp} before the first request makes that one as fast as
 * the others.
 */
package dev.lanewise.engine;
