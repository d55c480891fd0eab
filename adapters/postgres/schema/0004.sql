-- SPDX-License-Identifier: EUPL-1.2
--
-- The log held closer. What its triggers look up is in this schema whatever the
-- session calls by that name (a temporary table comes first otherwise). A part
-- that is addressed by its own name keeps its rows as the whole does: triggers of
-- a statement do not reach parts, those of a row do; a truncation has no rows, so
-- each part has its own for that.

CREATE OR REPLACE FUNCTION audit_row_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.number <= (SELECT number FROM seinhuis.audit_last) THEN   -- rows go in before the number moves
    RAISE EXCEPTION 'audit rows have no gaps and are never replaced';
  END IF;
  RETURN new;
END $$;

CREATE TRIGGER audit_row_unchanged BEFORE UPDATE OR DELETE ON audit_row FOR EACH ROW EXECUTE FUNCTION audit_row_kept();

CREATE TRIGGER audit_row_whole BEFORE TRUNCATE ON audit_row_rest FOR EACH STATEMENT EXECUTE FUNCTION audit_row_kept();

CREATE OR REPLACE FUNCTION make_month(month integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = seinhuis, pg_temp AS $$
BEGIN
  IF month % 100 NOT BETWEEN 1 AND 12 OR month / 100 NOT BETWEEN 2020 AND 2999 THEN
    RAISE EXCEPTION 'no month';
  END IF;
  IF to_regclass(format('seinhuis.audit_row_%s', month)) IS NULL AND NOT EXISTS (SELECT FROM audit_row_rest AS r WHERE r.month = make_month.month) THEN
    EXECUTE format('CREATE TABLE audit_row_%s PARTITION OF audit_row FOR VALUES FROM (%s) TO (%s)', month, month, month + 1);
    EXECUTE format('CREATE TRIGGER audit_row_whole BEFORE TRUNCATE ON audit_row_%s FOR EACH STATEMENT EXECUTE FUNCTION audit_row_kept()', month);
  END IF;
END $$;

-- Parts that earlier versions made.
DO $$
DECLARE part text;
BEGIN
  FOR part IN SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'seinhuis.audit_row'::regclass AND c.relname <> 'audit_row_rest' LOOP
    EXECUTE format('CREATE TRIGGER audit_row_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION audit_row_kept()', part);
  END LOOP;
END $$;
