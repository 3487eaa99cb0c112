/** Bulk inference: files of requests in the format of the OpenAI Batch API. */
package dev.lanewise.server.batch;
