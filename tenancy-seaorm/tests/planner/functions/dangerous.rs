//! Functions that read more than their arguments, or do more than answer. Whether this server has
//! them or not, the planner refuses them.

/// Words that are functions without parentheses.
pub const POSTGRES_WORDS: &str = "
    current_catalog current_role current_schema current_user session_user system_user user";
pub const MYSQL_WORDS: &str = "current_user";

/// Of no engine in particular: what a statement must never call by any name.
pub const ANYWHERE: &str = "
    benchmark copy current_database current_role current_schema current_user database edit eval exec execute getenv
    last_insert_rowid load_extension load_file nextval pg_sleep query_to_xml readfile session_user shell sleep system
    system_user user version writefile xp_cmdshell";

pub const POSTGRES: &str = "
    brin_summarize_new_values col_description connectby crosstab currtid currtid2 currval cursor_to_xml cursor_to_xmlschema
    current_query current_schemas current_setting
    database_to_xml database_to_xml_and_xmlschema database_to_xmlschema dblink dblink_connect dblink_exec dblink_send_query
    format_type get_current_ts_config getdatabaseencoding getpgusername gin_clean_pending_list
    has_any_column_privilege has_column_privilege has_database_privilege has_function_privilege has_parameter_privilege
    has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege has_type_privilege
    inet_client_addr inet_client_port inet_server_addr inet_server_port
    json_populate_record json_populate_recordset json_to_record json_to_recordset
    jsonb_populate_record jsonb_populate_recordset jsonb_to_record jsonb_to_recordset
    lastval lo_close lo_creat lo_create lo_export lo_from_bytea lo_get lo_import lo_lseek lo_open lo_put lo_tell lo_truncate
    lo_unlink loread lowrite mxid_age obj_description
    pg_advisory_lock pg_advisory_unlock_all pg_advisory_xact_lock pg_backend_pid pg_blocking_pids pg_cancel_backend
    pg_client_encoding pg_column_size pg_conf_load_time pg_create_restore_point pg_current_logfile pg_current_snapshot
    pg_current_wal_lsn pg_current_xact_id pg_database_size pg_describe_object pg_event_trigger_ddl_commands
    pg_execute_server_program pg_export_snapshot pg_extension_config_dump pg_file_write pg_get_constraintdef
    pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_ruledef pg_get_serial_sequence pg_get_triggerdef pg_get_userbyid
    pg_get_viewdef pg_hba_file_rules pg_indexes_size pg_is_in_recovery pg_last_committed_xact pg_listening_channels
    pg_lock_status pg_log_backend_memory_contexts pg_logical_emit_message pg_logical_slot_get_changes
    pg_logical_slot_peek_changes pg_ls_dir pg_ls_logdir pg_ls_tmpdir pg_ls_waldir pg_my_temp_schema pg_notify
    pg_options_to_table pg_postmaster_start_time pg_prepared_statement pg_read_binary_file pg_read_file
    pg_relation_filenode pg_relation_filepath pg_relation_size pg_reload_conf pg_replication_origin_create pg_rotate_logfile
    pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_show_all_settings pg_size_bytes pg_sleep_for pg_sleep_until
    pg_stat_file pg_stat_get_activity pg_stat_get_backend_activity pg_stat_get_live_tuples pg_stat_get_tuples_inserted
    pg_stat_reset pg_stat_statements pg_switch_wal pg_table_is_visible pg_table_size pg_tablespace_location
    pg_terminate_backend pg_timezone_abbrevs pg_timezone_names pg_total_relation_size pg_trigger_depth
    pg_try_advisory_lock pg_visible_in_snapshot pg_walfile_name pg_xact_commit_timestamp
    query_to_xml_and_xmlschema query_to_xmlschema regclass regclassin regprocin regtypein row_security_active
    schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema set_config setseed setval shobj_description
    table_to_xml table_to_xml_and_xmlschema table_to_xmlschema to_regclass to_regcollation to_regnamespace to_regoper
    to_regoperator to_regproc to_regprocedure to_regrole to_regtype
    ts_debug ts_lexize ts_parse ts_rewrite ts_stat ts_token_type tsvector_update_trigger tsvector_update_trigger_column
    txid_current txid_current_if_assigned txid_current_snapshot txid_snapshot_xip txid_status txid_visible_in_snapshot
    xpath_table";

pub const SQLITE: &str = "
    bm25 changes dbstat fts3_tokenizer fts5 fts5_decode fts5_get_locale fts5_insttoken fts5_locale fts5_source_id
    fts5_tokenizer generate_series geopoly_area highlight json_each json_tree jsonb_each jsonb_tree lsmode match matchinfo
    offsets optimize pragma_database_list pragma_table_info rtreecheck rtreedepth rtreenode snippet sqlar_uncompress
    sqlite_compileoption_get sqlite_compileoption_used sqlite_dbdata sqlite_dbpage sqlite_drop_column sqlite_exec
    sqlite_log sqlite_offset sqlite_rename_column sqlite_rename_table sqlite_source_id sqlite_stmt sqlite_version subtype
    total_changes";

pub const MYSQL: &str = "
    asymmetric_sign_verify audit_log_read binlog_gtid_pos charset coercibility collation connection_id current_role
    decode decode_histogram default des_decrypt des_encrypt encode encrypt extractvalue found_rows get_lock gtid_subset
    gtid_subtract icu_version is_free_lock is_used_lock json_table keyring_key_fetch last_insert_id lastval
    master_gtid_wait master_pos_wait name_const nextval nvl old_password old_value password ps_current_thread_id
    ps_thread_id release_all_locks release_lock roles_graphml row_count rownum schema schemas setval source_pos_wait
    spider_bg_direct_sql spider_copy_tables spider_direct_sql spider_flush_table_mon_cache statement_digest
    statement_digest_text sys_eval sys_exec sys_guid to_char updatexml uuid_short validate_password_strength
    version_tokens_lock_exclusive wait_for_executed_gtid_set wait_until_sql_thread_after_gtids wsrep_last_seen_gtid
    wsrep_last_written_gtid wsrep_sync_wait_upto_gtid";
