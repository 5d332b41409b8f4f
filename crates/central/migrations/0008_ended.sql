-- Requests that ended before they were sent: each session of their desk is told of
-- those of the last weeks.
CREATE INDEX request_ended ON request (clinic, ended_ms) WHERE state IN ('withdrawn', 'expired');
