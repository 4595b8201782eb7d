/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/text.h"

void
sl_table_init(struct sl_table *t, size_t columns)
{
	memset(t, 0, sizeof(*t));
	t->columns = columns;
}

void
sl_table_release(struct sl_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i]);
	free(t->cells);
	memset(t, 0, sizeof(*t));
}

void
sl_table_row(struct sl_table *t, const char *const *cells)
{
	for (size_t i = 0; i < t->columns; i++) {
		struct sl_buf shown = SL_BUF_INIT(4096);

		sl_text_escape(&shown, sl_str(cells[i] ? cells[i] : ""));
		SL_GROW(t->cells, t->count, t->room);
		t->cells[t->count++] = sl_buf_steal(&shown);
	}
}

/* Columns on a terminal: characters, not bytes. */
static size_t
width(const char *cell)
{
	size_t n = 0;

	for (; *cell != '\0'; cell++)
		n += ((uint8_t)*cell & 0xc0) != 0x80;
	return n;
}

static void
format_row(const struct sl_table *t, size_t row, const size_t *widths,
    struct sl_buf *out)
{
	for (size_t c = 0; c < t->columns; c++) {
		const char *cell = t->cells[row * t->columns + c];
		size_t pad = widths[c] - width(cell);

		sl_buf_adds(out, cell);
		if (c + 1 == t->columns)
			break;
		for (size_t i = 0; i < pad + 2; i++)
			sl_buf_addc(out, ' ');
	}
}

void
sl_table_format(const struct sl_table *t, bool colour, struct sl_buf *out)
{
	size_t widths[SL_TABLE_MAX_COLUMNS] = { 0 };
	size_t rows = t->columns ? t->count / t->columns : 0;

	for (size_t i = 0; i < rows * t->columns; i++) {
		size_t w = width(t->cells[i]);

		if (w > widths[i % t->columns])
			widths[i % t->columns] = w;
	}
	for (size_t row = 0; row < rows; row++) {
		if (colour && row == 0)
			sl_buf_adds(out, "\x1b[1m");
		format_row(t, row, widths, out);
		if (colour && row == 0)
			sl_buf_adds(out, "\x1b[0m");
		sl_buf_addc(out, '\n');
	}
}
