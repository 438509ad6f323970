//! Functions that read nothing but their arguments, by engine. Each list is in order.

/// Standard functions that both engines have.
#[rustfmt::skip]
pub(super) const COMMON: &[&str] = &[
    "abs", "avg", "ceil", "ceiling", "coalesce", "concat", "concat_ws", "count", "cume_dist", "current_date", "current_time",
    "current_timestamp", "date", "dense_rank", "exp", "first_value", "floor", "lag", "last_value", "lead", "length", "ln",
    "log", "lower", "ltrim", "max", "min", "mod", "nth_value", "ntile", "nullif", "octet_length", "percent_rank", "pi",
    "power", "radians", "rank", "replace", "round", "row_number", "rtrim", "sign", "sqrt", "substr", "substring", "sum",
    "trim", "trunc", "upper",
];

/// <https://www.sqlite.org/lang_corefunc.html>, `lang_datefunc`, `lang_aggfunc`, `lang_mathfunc` and `json1`.
#[rustfmt::skip]
pub(super) const SQLITE: &[&str] = &[
    "char", "datetime", "format", "glob", "group_concat", "hex", "ifnull", "iif", "instr", "json", "json_array",
    "json_array_length", "json_extract", "json_group_array", "json_group_object", "json_object", "json_patch", "json_quote",
    "json_remove", "json_replace", "json_set", "json_type", "json_valid", "julianday", "like", "likelihood", "likely",
    "printf", "quote", "random", "strftime", "string_agg", "time", "total", "typeof", "unhex", "unicode", "unixepoch",
    "unlikely",
];

/// <https://www.postgresql.org/docs/current/functions.html>
#[rustfmt::skip]
pub(super) const POSTGRES: &[&str] = &[
    "age", "array_agg", "array_append", "array_cat", "array_length", "array_position", "array_remove", "array_to_string",
    "ascii", "bit_and", "bit_or", "bool_and", "bool_or", "btrim", "cardinality", "char_length", "character_length", "chr",
    "clock_timestamp", "date_bin", "date_part", "date_trunc", "decode", "div", "encode", "every", "gen_random_uuid",
    "greatest", "initcap", "json_agg", "json_array_length", "json_build_array", "json_build_object", "json_extract_path_text",
    "json_object_agg", "json_typeof", "jsonb_agg", "jsonb_array_length", "jsonb_build_array", "jsonb_build_object",
    "jsonb_extract_path_text", "jsonb_object_agg", "jsonb_set", "jsonb_typeof", "justify_days", "least", "left", "localtime",
    "localtimestamp", "lpad", "make_date", "make_interval", "md5", "mode", "now", "percentile_cont", "percentile_disc",
    "plainto_tsquery", "regexp_match", "regexp_replace", "repeat", "reverse", "right", "rpad", "split_part", "starts_with",
    "statement_timestamp", "stddev", "string_agg", "string_to_array", "strpos", "to_char", "to_date", "to_json", "to_jsonb",
    "to_number", "to_timestamp", "to_tsquery", "to_tsvector", "transaction_timestamp", "translate", "ts_rank", "unnest",
    "var_pop", "variance", "websearch_to_tsquery",
];

/// <https://dev.mysql.com/doc/refman/8.4/en/built-in-function-reference.html>, without those that read the session, settings,
/// files, locks or other rows.
#[rustfmt::skip]
pub(super) const MYSQL: &[&str] = &[
    "acos", "adddate", "addtime", "aes_decrypt", "aes_encrypt", "any_value", "ascii", "asin", "atan", "atan2", "bin",
    "bin_to_uuid", "bit_and", "bit_count", "bit_length", "bit_or", "bit_xor", "cast", "char", "char_length",
    "character_length", "compress", "conv", "convert", "convert_tz", "cos", "cot", "crc32", "curdate", "curtime", "date_add",
    "date_format", "date_sub", "datediff", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "degrees", "elt",
    "export_set", "extract", "field", "find_in_set", "format", "from_base64", "from_days", "from_unixtime", "get_format",
    "greatest", "group_concat", "grouping", "hex", "hour", "if", "ifnull", "inet6_aton", "inet6_ntoa", "inet_aton",
    "inet_ntoa", "insert", "instr", "interval", "is_uuid", "isnull", "json_array", "json_array_append", "json_array_insert",
    "json_arrayagg", "json_contains", "json_contains_path", "json_depth", "json_extract", "json_insert", "json_keys",
    "json_length", "json_merge_patch", "json_merge_preserve", "json_object", "json_objectagg", "json_overlaps", "json_pretty",
    "json_quote", "json_remove", "json_replace", "json_search", "json_set", "json_type", "json_unquote", "json_valid",
    "json_value", "last_day", "lcase", "least", "left", "localtime", "localtimestamp", "locate", "log10", "log2", "lpad",
    "make_set", "makedate", "maketime", "md5", "microsecond", "mid", "minute", "month", "monthname", "now", "oct", "ord",
    "period_add", "period_diff", "position", "pow", "quarter", "quote", "rand", "random_bytes", "regexp_instr", "regexp_like",
    "regexp_replace", "regexp_substr", "repeat", "reverse", "right", "rpad", "sec_to_time", "second", "sha", "sha1", "sha2",
    "sin", "soundex", "space", "std", "stddev", "stddev_pop", "stddev_samp", "str_to_date", "strcmp", "subdate",
    "substring_index", "subtime", "sysdate", "tan", "time", "time_format", "time_to_sec", "timediff", "timestamp",
    "timestampadd", "timestampdiff", "to_base64", "to_days", "to_seconds", "truncate", "ucase", "uncompress", "unhex",
    "unix_timestamp", "utc_date", "utc_time", "utc_timestamp", "uuid", "uuid_to_bin", "values", "var_pop", "var_samp",
    "variance", "week", "weekday", "weekofyear", "weight_string", "year", "yearweek",
];
