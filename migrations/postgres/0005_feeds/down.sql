DROP TABLE tournament_events;
