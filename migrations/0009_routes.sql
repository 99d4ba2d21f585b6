-- The first endpoints of an alarm as rows. A function of this form becomes part of the statement that asks; the
-- earlier ones were read and planned anew by each press.

-- Those of the most specific route, at the lowest position; an alarm without a store goes to the operators, who find
-- out where it is, and a canary to the canary's own. `look_s` is when, in seconds, an alarm is first looked at again
-- after this endpoint has been told of it.
CREATE FUNCTION first_endpoints_of(alarm_kind text, store_district text)
RETURNS TABLE (endpoint_id uuid, look_s double precision)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT chosen.id, chosen.look_s
    FROM (
        SELECT e.id,
               least(e.escalate_after_s, e.acknowledge_within_s) AS look_s,
               rank() OVER (ORDER BY (e.districts = '{}'), e.position) AS rank
        FROM endpoints e
        WHERE e.removed_at IS NULL
          AND (alarm_kind <> 'test' OR e.accepts_tests)
          AND CASE WHEN alarm_kind = 'canary'
                   THEN e.audience = 'canary'
                   WHEN store_district IS NULL
                   THEN e.audience = 'operators'
                   ELSE e.audience = 'police' AND (e.districts = '{}' OR store_district = ANY (e.districts))
              END
    ) AS chosen
    WHERE chosen.rank = 1;
END;
