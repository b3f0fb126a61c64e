-- Makes more people like the one who was enrolled through the API, each with everything that the enrolment wrote: the same rows, under
-- the same constraints and triggers, with ids, phone and numbers of their own (far from those that are given out), and due one after
-- another.
-- %[1]d and %[2]d are the first and the last, counted from 1.
DO $fill$
DECLARE
  person TEXT; talk TEXT; walk TEXT; item TEXT; mail TEXT;
  of TEXT; written TEXT; named TEXT;
BEGIN
  SELECT f.contact_id, f.conversation_id, f.run_id, f.id INTO STRICT person, talk, walk, item
    FROM followups f JOIN contacts c ON c.id = f.contact_id WHERE f.state = 'PENDING' AND c.phone LIKE '%%7654321';
  SELECT i.id INTO mail FROM inbox i WHERE i.contact_id = person ORDER BY i.id LIMIT 1;
  FOREACH of IN ARRAY ARRAY['contacts', 'contact_keys', 'mailbox', 'conversations', 'inbox', 'runs', 'followups'] LOOP
    SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position), string_agg(CASE
        WHEN column_name = 'number' AND of IN ('contacts', 'conversations') THEN '100000000 + n'
        WHEN column_name IN ('due_at', 'wake_at') THEN column_name || ' + n * 1000'
        WHEN column_name = 'external_id' THEN 'CASE external_id WHEN '''' THEN '''' ELSE external_id || n END'
        WHEN data_type = 'text' THEN (SELECT 'replace(' || string_agg('', 'replace(') || column_name || string_agg(format(', %%L, %%s)', old, new), '')
          FROM (VALUES
            (person, quote_literal(left(person, 24)) || ' || lpad(to_hex(n), 12, ''0'')'), (talk, quote_literal(left(talk, 24)) || ' || lpad(to_hex(n), 12, ''0'')'),
            (walk, quote_literal(left(walk, 24)) || ' || lpad(to_hex(n), 12, ''0'')'), (item, quote_literal(left(item, 24)) || ' || lpad(to_hex(n), 12, ''0'')'),
            (coalesce(mail, '-no mail-'), quote_literal(left(mail, 24)) || ' || lpad(to_hex(n), 12, ''0'')'), ('7654321', 'lpad(n::text, 7, ''0'')')) AS ids (old, new)
          WHERE new IS NOT NULL)
        ELSE quote_ident(column_name) END, ', ' ORDER BY ordinal_position)
      INTO named, written FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name = of AND is_generated = 'NEVER' AND is_identity = 'NO';
    EXECUTE format('INSERT INTO %%I (%%s) SELECT %%s FROM %%I, generate_series(%[1]d, %[2]d) n WHERE %%I = %%L',
      of, named, written, of, CASE of WHEN 'contacts' THEN 'id' ELSE 'contact_id' END, person);
  END LOOP;
END
$fill$;
ANALYZE;
CHECKPOINT
