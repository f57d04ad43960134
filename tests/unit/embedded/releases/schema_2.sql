-- A store file as release 0.2 wrote it (schema 2). Never edited: later releases must open it.
CREATE TABLE items (
    context TEXT NOT NULL, pk TEXT NOT NULL, sk TEXT NOT NULL,
    version INTEGER NOT NULL, body TEXT NOT NULL,
    i1pk TEXT, i1sk TEXT, i2pk TEXT, i2sk TEXT,
    expires_at INTEGER,
    PRIMARY KEY (context, pk, sk)
) WITHOUT ROWID;
CREATE INDEX items_1 ON items (context, i1pk, i1sk, pk, sk) WHERE i1pk IS NOT NULL;
CREATE INDEX items_2 ON items (context, i2pk, i2sk, pk, sk) WHERE i2pk IS NOT NULL;
CREATE INDEX items_expiring ON items (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL, body TEXT NOT NULL,
    visible_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, lease INTEGER,
    sent_at INTEGER NOT NULL
);
CREATE INDEX messages_due ON messages (queue, visible_at);
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL, body TEXT NOT NULL,
    attempts INTEGER NOT NULL, reason TEXT NOT NULL,
    sent_at INTEGER NOT NULL, died_at INTEGER NOT NULL
);
CREATE INDEX dead_letters_of ON dead_letters (queue, id);
CREATE TABLE schedules (
    name TEXT PRIMARY KEY, at INTEGER NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL, fired_at INTEGER
) WITHOUT ROWID;
CREATE INDEX schedules_due ON schedules (at) WHERE fired_at IS NULL;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TRIGGER trail_is_kept_1 BEFORE UPDATE ON items WHEN substr(OLD.pk, 1, 6) = 'audit#' BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER trail_is_kept_2 BEFORE DELETE ON items WHEN substr(OLD.pk, 1, 6) = 'audit#' BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
INSERT INTO items VALUES ('ceremonies', 'ticket#1', 'ticket', 3, '{"shape":1,"name":"Nguyễn Thị Thuý"}', 'c1#0', 'Thuý', NULL, NULL, NULL);
INSERT INTO items VALUES ('identity', 'session#1', 'session', 1, '{"shape":1}', NULL, NULL, NULL, NULL, 1800000000);
INSERT INTO messages (queue, body, visible_at, attempts, lease, sent_at) VALUES ('issue-ticket', '{"id":"e1"}', 99999999999, 2, 77, 1797000000000);
INSERT INTO dead_letters VALUES (1, 'issue-ticket', '{"id":"e0"}', 5, 'KeyError', 1796000000000, 1796000001000);
INSERT INTO schedules VALUES ('m1', 1802392200000000, 'notify', '{"id":"e2"}', NULL);
INSERT INTO schedules VALUES ('m0', 1792392200000000, 'notify', '', 1792392200500000);
INSERT INTO meta VALUES ('boot', 'another boot');
PRAGMA application_id = 1734963061;
PRAGMA user_version = 2;
