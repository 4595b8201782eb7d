/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof: what the examples of packs and site policy were run for.
 *
 * They come out the same for the same text of all rules that no project has
 * touched, the same schemas beside them, and the same program. So they need
 * not be run again for each push. A rule of a project, or one that a project
 * made stricter, is always tried.
 */
#include "policy/policy_int.h"

#include "base/mem.h"
#include "crypto/digest.h"

/* More than all packs and a site policy have; larger ones are not proven. */
#define MAX_IMAGE ((size_t)16 << 20)

static bool
is_of_site(const struct sl_layer *layer)
{
	return !sl_layer_is_project(layer) && !layer->of_project;
}

/* Whether no project has a part in a rule. */
static bool
is_untouched(const struct sl_rule *rule)
{
	for (size_t i = 0; i < rule->key_count; i++)
		for (size_t k = 0; k < rule->keys[i].source_count; k++)
			if (!is_of_site(rule->keys[i].sources[k].layer))
				return false;
	return is_of_site(rule->origin);
}

static void
add_text(struct sl_buf *image, const char *text)
{
	/* Its final zero byte keeps it apart from the next. */
	sl_buf_add(image, text, strlen(text) + 1);
}

static void
add_layer(const struct sl_layer *layer, struct sl_buf *image)
{
	const struct sl_node *rules =
	    sl_node_get(sl_doc_root(layer->doc), "rules");

	if (!is_of_site(layer))
		return;
	add_text(image, layer->name);
	sl_buf_addc(image, (char)layer->kind);
	if (rules)
		sl_node_image(rules, image);
}

void
sl_policy_make_proof(struct sl_policy *policy, const char *program)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf image = SL_BUF_INIT(MAX_IMAGE);
	char engine[SL_RX_ENGINE_SIZE];

	sl_rx_engine(engine);
	add_text(&image, "sluice examples 1");
	add_text(&image, program);
	add_text(&image, engine);
	for (size_t i = 0; i < policy->layer_count; i++)
		add_layer(policy->layers[i], &image);
	for (size_t i = 0; i < policy->rule_count; i++)
		if (is_untouched(policy->rules[i]))
			add_text(&image, policy->rules[i]->meaning);
	for (size_t i = 0; i < policy->define_count; i++) {
		add_text(&image, policy->defines[i].name);
		add_text(&image, policy->defines[i].value);
	}
	if (!image.over)
		sl_sha256_hex(image.ptr, image.len, policy->proof);
}

bool
sl_rule_is_proven(const struct sl_rule *rule)
{
	return rule->policy->proven && is_untouched(rule);
}

const char *
sl_policy_proof(const struct sl_policy *policy)
{
	return policy->proof;
}
