-- The orders in which stores are listed beside that of their registration: of names, and of when somebody last made sure
-- of them on the spot, never first. A press waits for neither: both let others read and lock keys.
CREATE INDEX stores_name ON stores (name, id);
CREATE INDEX stores_verified ON stores (lpad(coalesce(verified_on - date '1970-01-01', 0)::text, 6, '0'), id);
