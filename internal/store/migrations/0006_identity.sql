-- +goose Up
-- A contact that turned out to be somebody else stays as a sign-post: its ids and its small number lead to the one that is
-- left. It always points at somebody who is there.
ALTER TABLE contacts ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into <> '';

-- The conversations that went into another one when their contacts did, by id and by small number.
CREATE TABLE conversation_aliases (
  id              TEXT PRIMARY KEY,
  tenant_id       TEXT NOT NULL,
  number          BIGINT NOT NULL,
  conversation_id TEXT NOT NULL
);
CREATE UNIQUE INDEX conversation_aliases_number ON conversation_aliases (tenant_id, number);
CREATE INDEX conversation_aliases_of ON conversation_aliases (conversation_id);

-- Where a key is valid: the provider of a route, the business of a BSUID.
ALTER TABLE contact_keys ADD COLUMN scope TEXT NOT NULL DEFAULT '';

-- Numbers of Mexico (52, 521) and Argentina (54, 549, and a 15 behind the area) have one key now: the one that PhoneKey
-- gives. Where two contacts were one number, the key stays with the one that had it, and both are told in their mailboxes
-- that they are one person: whoever works on either merges them first.
CREATE TABLE variants AS
SELECT tenant_id, value AS was, contact_id, CASE
  WHEN value LIKE '52%' AND LENGTH(value) = 13 THEN '52' || SUBSTR(value, 4)
  WHEN value LIKE '52%' AND LENGTH(value) = 14 THEN '52' || SUBSTR(value, 5)
  WHEN value LIKE '52%' THEN '52' || SUBSTR(value, 6)
  WHEN LENGTH(value) = 13 THEN '54' || SUBSTR(value, 4)
  WHEN national LIKE '1115%' THEN '54' || SUBSTR(national, 1, 2) || SUBSTR(national, 5)
  WHEN three THEN '54' || SUBSTR(national, 1, 3) || SUBSTR(national, 6)
  ELSE '54' || SUBSTR(national, 1, 4) || SUBSTR(national, 7) END AS value
FROM (SELECT tenant_id, value, contact_id, national, SUBSTR(national, 1, 3) IN ('220', '221', '223', '230', '236', '237', '249', '260',
    '261', '263', '264', '266', '280', '291', '294', '297', '298', '299', '336', '341', '342', '343', '345', '348', '351', '353', '358',
    '362', '364', '370', '376', '379', '380', '381', '383', '385', '387', '388') AS three
  FROM (SELECT tenant_id, value, contact_id, SUBSTR(value, LENGTH(value) - 11) AS national FROM contact_keys
    WHERE kind = 'phone' AND (value LIKE '52%' OR value LIKE '54%')) AS of_both) AS of_both
WHERE (value LIKE '521%' AND LENGTH(value) = 13 AND SUBSTR(value, 4, 1) >= '2')
  OR (value LIKE '5201%' AND LENGTH(value) = 14 AND SUBSTR(value, 5, 1) >= '2')
  OR ((value LIKE '52044%' OR value LIKE '52045%') AND LENGTH(value) = 15 AND SUBSTR(value, 6, 1) >= '2')
  OR (value LIKE '549%' AND LENGTH(value) = 13 AND SUBSTR(value, 4, 1) IN ('1', '2', '3'))
  OR (value LIKE '54%' AND SUBSTR(national, 1, 1) IN ('1', '2', '3')
    AND (LENGTH(value) = 14 OR LENGTH(value) = 15 AND SUBSTR(value, 3, 1) IN ('0', '9'))
    AND (national LIKE '1115%' OR national NOT LIKE '11%' AND (three AND SUBSTR(national, 4, 2) = '15'
      OR NOT three AND SUBSTR(national, 5, 2) = '15')));

CREATE TABLE variant_pairs AS
SELECT v.tenant_id, v.contact_id AS gone, COALESCE(k.contact_id, f.contact_id) AS stays FROM variants v
LEFT JOIN contact_keys k ON k.tenant_id = v.tenant_id AND k.kind = 'phone' AND k.value = v.value
JOIN (SELECT tenant_id, value, MIN(contact_id) AS contact_id FROM variants GROUP BY tenant_id, value) f
  ON f.tenant_id = v.tenant_id AND f.value = v.value
WHERE COALESCE(k.contact_id, f.contact_id) <> v.contact_id;

INSERT INTO contact_keys (tenant_id, kind, value, contact_id)
SELECT tenant_id, 'phone', value, MIN(contact_id) FROM variants GROUP BY tenant_id, value ON CONFLICT DO NOTHING;
DELETE FROM contact_keys WHERE kind = 'phone' AND EXISTS
  (SELECT 1 FROM variants v WHERE v.tenant_id = contact_keys.tenant_id AND v.was = contact_keys.value);

UPDATE mailbox SET received = received + 1, rev = rev + 1
WHERE contact_id IN (SELECT gone FROM variant_pairs UNION SELECT stays FROM variant_pairs);
INSERT INTO inbox (id, tenant_id, contact_id, channel_id, external_id, name, number, state, attempts, body, error, received_at)
SELECT 'merge-' || p.gone || '-' || p.stays || '-' || m.contact_id, p.tenant_id, m.contact_id, '', '', 'contact.merge_wanted', m.received, 'new', 0,
  '{"id":"merge-' || p.gone || '-' || p.stays || '-' || m.contact_id || '","tenantId":"' || p.tenant_id || '","contactId":"' || m.contact_id
  || '","name":"contact.merge_wanted","at":"2026-01-01T00:00:00Z","receivedAt":"2026-01-01T00:00:00Z","number":' || m.received
  || ',"data":{"contactIds":["' || p.stays || '","' || p.gone || '"]}}', '', 1
FROM (SELECT DISTINCT tenant_id, gone, stays FROM variant_pairs) p JOIN mailbox m ON m.contact_id IN (p.gone, p.stays);

DROP TABLE variant_pairs;
DROP TABLE variants;
