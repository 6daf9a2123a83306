/** What every encoder takes: [rows, tokens] whole numbers each. */
export const MODEL_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids'];
/** What an encoder gives: a vector for each token. */
export const HIDDEN_STATE = 'last_hidden_state';
/** What a cross-encoder gives: a number for each label. */
export const LOGITS = 'logits';
