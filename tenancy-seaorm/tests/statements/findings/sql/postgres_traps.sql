-- Functions of an application's own under the names of PostgreSQL's, and operators, casts and types over its rows.
CREATE FUNCTION titles() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT string_agg(title, '','' ORDER BY id) FROM note';
CREATE FUNCTION age(note) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';
CREATE FUNCTION lower(note) RETURNS text LANGUAGE sql STABLE AS 'SELECT count(*)::text FROM note';
CREATE FUNCTION path(text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';
CREATE FUNCTION md5(bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';
CREATE FUNCTION abbrev(anyelement) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';
CREATE FUNCTION mode(text, country) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';
CREATE AGGREGATE count(country) (SFUNC = mode, STYPE = text);
CREATE FUNCTION is_in_titles(note, text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT strpos(titles(), $2) > 0';
CREATE OPERATOR @@ (LEFTARG = note, RIGHTARG = text, FUNCTION = is_in_titles);
CREATE OPERATOR = (LEFTARG = note, RIGHTARG = text, FUNCTION = is_in_titles);
CREATE FUNCTION glue(bigint, date) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';
CREATE OPERATOR || (LEFTARG = bigint, RIGHTARG = date, FUNCTION = glue);
CREATE OPERATOR - (RIGHTARG = note, FUNCTION = peek);
CREATE FUNCTION all_of(tag) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT string_agg(name, '','' ORDER BY id) FROM tag';
CREATE CAST (tag AS text) WITH FUNCTION all_of(tag);
CREATE FUNCTION tell(text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RAISE EXCEPTION ''%'', titles(); END';
CREATE DOMAIN loud AS text CHECK (tell(VALUE));
