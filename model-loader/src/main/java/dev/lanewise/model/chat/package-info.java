/** Chat templates: from a conversation to prompt text that remembers who wrote each character. */
package dev.lanewise.model.chat;
