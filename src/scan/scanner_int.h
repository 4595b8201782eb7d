/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner_int: the patterns of a scanner, and what finds candidates for them;
 * private to src/scan. scanner.c makes it, scan.c uses it.
 */
#ifndef SL_SCAN_SCANNER_INT_H
#define SL_SCAN_SCANNER_INT_H

#include "scan/database_int.h"

struct sl_scan_pattern {
	struct sl_rx *rx;
	bool kept_out; /* of databases */
	bool claimed;  /* its literals are in the trie */
	uint32_t width; /* of a match, where the database knows it, or
			   SL_WIDTH_ANY; 0: it does not */
	struct sl_scan_claim claim;
	size_t gate; /* SL_NO_GATE: none */
	bool is_gate;
};

struct sl_scanner {
	struct sl_scan_pattern *patterns;
	size_t count;
	size_t room;
	char *folder; /* where a database may be; NULL: nowhere */
	bool prepared; /* all that follows */
	struct sl_hs *hs; /* the database; NULL: there is none */
	size_t *ids;  /* of its expressions */
	size_t expression_count;
	size_t known;  /* expressions that it knows */
	bool alone; /* nothing but it needs to pass */
	char why[SL_DATABASE_WHY_SIZE];
	struct sl_trie *trie;
	struct sl_run *runs;
	size_t run_count;
	size_t run_room;
	uint32_t literal_count;
};

#endif
