/**
 * JSON Schema (draft 2020-12) to grammars, for answers that must be JSON of a given shape. {@link
 * dev.lanewise.server.schema.SchemaGrammar} is the way in.
 *
 * <p>What a grammar admits is valid against the schema. It admits less than all that is valid, and
 * {@link dev.lanewise.server.schema.InvalidSchema} refuses what cannot be kept:
 *
 * <ul>
 *   <li>Objects: {@code properties} in the order of the schema, then those that {@code
 *       additionalProperties} admits; if a schema has {@code properties} and does not say {@code
 *       additionalProperties}, no others. {@code minProperties} and {@code maxProperties} where
 *       they are about nothing but such others, or say nothing that {@code required} does not.
 *   <li>Arrays: {@code items}, {@code prefixItems}, {@code minItems}, {@code maxItems}.
 *   <li>Strings: {@code minLength} and {@code maxLength} in Unicode characters, {@code pattern},
 *       and {@code format} as {@link dev.lanewise.server.schema.StringFormat} has it.
 *   <li>Numbers: all bounds, for numbers that are not integers with up to 15 digits. Without
 *       bounds, integers have up to 18 digits; numbers have 17 more after the point, and an
 *       exponent. {@code multipleOf} only if it is 1, 0.1, 0.01 and so on.
 *   <li>{@code enum}, {@code const}, {@code anyOf}; {@code oneOf} if types or required properties
 *       with listed values tell the alternatives apart; {@code allOf} if the schemas do not say the
 *       same keyword differently; {@code $ref} within the schema, with recursion.
 *   <li>A schema without {@code type} is taken for what its keywords are about. Keywords about
 *       another type than the schema's say nothing.
 * </ul>
 */
package dev.lanewise.server.schema;
