//! The tests of the suite, by what they are about. Each opens a site of its own.

mod agreement;
mod bodies;
mod connections;
mod context;
mod domains;
mod framing;
mod guard_refusals;
mod guarded_rows;
mod guards;
mod hosts;
mod issuers;
mod lookup;
mod origins;
mod output;
mod proxies;
mod rendering;
mod secrets;
mod tasks;
mod tokens;
mod values;

/// Makes a function for every test that is named here, and the macro that has an adapter run them
/// all. The compiler warns of one that is written and not named.
macro_rules! cases {
    ($dollar:tt $($module:ident { $($name:ident,)+ })+) => {
        /// What [`suite!`](crate::suite) calls.
        #[doc(hidden)]
        pub mod run {
            $(pub mod $module {
                $(pub fn $name(server: crate::Server) {
                    crate::cases::$module::$name(server);
                })+
            })+
        }

        /// Has an adapter run every test of the suite, each under its own name. Takes the path of
        /// the adapter's [`Server`](crate::Server).
        #[macro_export]
        macro_rules! suite {
            ($dollar server:path) => {
                $(mod $module {
                    $(#[test]
                    fn $name() {
                        ::conformance::run::$module::$name($dollar server);
                    })+
                })+
            };
        }
    };
}

cases! {
    $
    agreement {
        s01_a_tenant_header_without_a_token_opens_public_routes_only,
        s01_a_token_that_is_not_valid_is_refused_on_every_route,
        s02_a_header_cannot_enter_a_tenant_that_the_principal_does_not_belong_to,
        s03_any_two_sources_that_disagree_are_refused,
        s03_every_kind_of_source_has_to_agree_with_the_header,
        s02_whoever_names_a_tenant_that_is_not_theirs_is_recorded,
        s03_whoever_names_two_tenants_is_recorded,
        s04_a_malformed_source_is_refused_although_others_are_fine,
        s06_fallback_happens_only_when_nobody_spoke,
        s08_unknown_suspended_and_foreign_tenants_look_exactly_alike,
    }
    bodies {
        s02_a_refused_request_is_answered_before_its_body_is_sent,
    }
    connections {
        c07_tenants_alternate_on_one_connection_without_mixing,
        c07_tenants_multiplexed_on_one_h2_connection_do_not_mix,
        c07_pipelined_requests_are_answered_in_their_own_tenants,
        c07_streamed_bodies_interleaved_on_one_h2_connection_do_not_mix,
    }
    context {
        c02_a_request_keeps_its_tenant_whatever_middleware_does,
        c02_nested_layers_cannot_change_the_tenant,
        c02_what_middleware_does_to_extensions_does_not_open_another_tenant_to_an_inner_layer,
        c04_a_panicking_handler_leaves_no_context_behind,
        c05_requests_interleaved_on_one_thread_keep_their_own_context,
        c06_a_missing_layer_is_a_500_that_tells_the_client_nothing,
        c06_an_optional_layer_gives_no_tenant_to_those_who_need_one,
        c06_a_public_layer_gives_no_principal_to_those_who_need_one,
    }
    domains {
        e10_international_names_are_compared_in_their_one_ascii_form,
        e13_a_domain_that_strangers_share_is_refused_when_building,
        e14_a_domain_leads_to_the_tenant_that_has_it_verified,
    }
    framing {
        e18_a_request_with_both_framings_is_refused_or_read_in_one_way_only,
        e18_framings_that_no_two_parties_read_alike_are_refused_by_the_server,
        e18_what_is_hidden_in_a_body_is_never_answered_as_a_request_of_its_own,
    }
    guard_refusals {
        a05_a_role_in_an_unverified_claim_means_nothing,
        a05_a_membership_in_a_token_gives_no_role_of_the_platform,
        c06_a_guard_without_a_layer_or_a_permission_store_is_a_500_that_tells_nothing,
        o01_refusals_have_the_headers_of_all_others,
        who_is_turned_away_by_a_guard_is_recorded,
    }
    guarded_rows {
        a02_rows_are_viewed_and_edited_by_those_who_may_and_refused_to_others,
        a03_what_another_tenant_shares_with_everyone_is_viewed_and_not_edited,
        o03_a_row_that_may_not_be_seen_is_answered_as_one_that_does_not_exist,
        grants_that_were_not_loaded_are_a_500_that_tells_nothing,
        a_principal_who_is_refused_a_row_leaves_an_event,
    }
    guards {
        each_guard_lets_those_through_whom_it_names_and_nobody_else,
        the_extractors_let_the_same_people_through,
        what_is_taken_away_is_gone_with_the_next_request,
        a_role_of_one_tenant_is_defined_by_that_tenant_alone,
    }
    hosts {
        e02_two_host_headers_are_refused,
        e03_a_missing_host_is_refused,
        e04_an_absolute_target_that_differs_from_host_is_refused,
        e04_an_h2_authority_that_differs_from_host_is_refused,
        e05_a_malformed_authority_is_refused,
        e06_the_port_is_checked_and_stripped,
        e07_an_address_is_never_a_tenant,
        e08_one_trailing_dot_is_dropped_and_two_are_refused,
        e09_upper_case_is_folded_before_anything_compares,
        e11_exactly_one_label_below_the_base_names_a_tenant,
        e12_apex_www_and_reserved_labels_are_never_looked_up,
    }
    issuers {
        t02_the_kid_selects_one_of_the_configured_keys_and_nothing_else,
        t04_a_tenants_own_issuer_opens_that_tenant_only,
        t04_issuer_and_key_belong_together,
        t04_an_api_key_opens_its_own_tenant,
        s02_a_membership_store_decides_whatever_the_token_claims,
    }
    lookup {
        s05_a_failing_store_is_a_503_that_says_nothing_about_it,
        s07_suspending_a_tenant_takes_effect_with_the_next_request,
        s05_a_store_that_does_not_answer_is_a_503_and_nothing_is_kept_of_it,
        s07_an_invalidation_takes_effect_with_the_next_request,
        s07_what_one_node_announces_takes_effect_on_another,
        s09_many_requests_for_one_cold_tenant_ask_the_store_once,
        s10_a_slug_that_is_used_again_leads_to_the_new_tenant,
        s11_an_unverified_token_names_nobody_and_nothing,
    }
    origins {
        e17_a_foreign_page_opens_no_socket,
        e17_a_handshake_that_is_hidden_from_the_check_opens_no_socket_either,
        e17_sockets_need_a_token_like_any_request,
        e17_every_origin_is_checked_where_that_is_asked_for,
        e17_where_no_source_reads_hosts_pages_of_the_same_host_may,
        e17_an_origin_names_no_tenant,
    }
    output {
        o01_responses_are_private_unless_the_handler_says_otherwise,
        o01_answers_of_the_router_itself_are_private_too,
        o01_head_and_options_are_resolved_like_any_other_method,
        o02_redirects_lead_to_domains_of_tenants_alone,
        o03_problems_name_neither_tenants_nor_internals,
    }
    proxies {
        e01_forwarded_hosts_are_ignored,
        e01_forwarded_hosts_are_ignored_from_peers_outside_of_the_configured_networks,
        e01_a_trusted_proxy_reports_the_host_in_the_one_configured_header,
        e01_a_reported_host_is_read_as_strictly_as_any,
    }
    rendering {
        s08_unknown_suspended_and_foreign_tenants_look_alike_in_other_forms_too,
        o01_other_forms_keep_challenge_vary_and_cache_control,
        o01_a_handlers_problem_keeps_the_headers_of_inner_middleware,
    }
    secrets {
        t06_a_cookie_is_bound_to_its_tenant_and_host,
        t07_secrets_appear_in_no_log_debug_output_or_answer,
    }
    tasks {
        c01_spawned_work_has_a_context_only_when_it_is_given_one,
        c01_a_streamed_body_is_made_in_the_context_of_its_request,
        c01_a_body_that_is_given_up_ends_in_the_context_of_its_request,
        c01_sockets_keep_the_context_that_they_are_given,
        c08_work_that_is_done_in_another_request_keeps_its_own_context,
    }
    tokens {
        t01_one_algorithm_is_accepted_and_it_is_not_the_tokens_to_choose,
        t02_a_token_does_not_bring_its_own_key,
        t03_missing_and_mistyped_claims_are_refused,
        t05_a_token_of_another_type_is_refused,
    }
    values {
        e15_repeated_and_joined_values_are_refused,
        e15_cookies_that_h2_splits_are_read_together,
        e16_long_and_badly_written_names_are_refused_before_any_lookup,
    }
}
