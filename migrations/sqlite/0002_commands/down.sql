ALTER TABLE tournaments DROP COLUMN has_grand_final_reset;
DROP TABLE league_logs;
DROP TABLE organization_logs;
