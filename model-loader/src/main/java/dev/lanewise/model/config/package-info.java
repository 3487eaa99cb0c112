/** What kind of transformer a model file holds: families as data. */
package dev.lanewise.model.config;
