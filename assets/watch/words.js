// What happened in a draft, in words. Names are those of the moment, as the log keeps them.

const STYLES = { SNAKE: 'snake', NORMAL: 'normal', SHUFFLE: 'shuffle' };

export const styleName = (style) => STYLES[style] ?? style.toLowerCase();

export const points = (mmr) => (mmr === null ? 'no MMR' : mmr.toLocaleString('en'));

export const count = (n, noun) => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** "A rolled 5, B rolled 3 → A picks next"; teams that tied again roll again. */
export function tie({ rollRounds, winner }, winnerName) {
  const rolled = rollRounds.map(({ rolls }) =>
    rolls.map(({ team, value }) => `${team?.name ?? 'a team that is gone'} rolled ${value}`).join(', '),
  );
  return `${rolled.join('; again: ')} → ${winner?.name ?? winnerName} picks next`;
}

const WORDS = {
  DraftStarted: ({ epoch, style, teamCount }) =>
    `The draft ${epoch > 1 ? 'starts over' : 'starts'}: ${styleName(style)}, ${count(teamCount, 'team')}`,
  PlayerPicked: ({ pickNumber, pickedName, teamName, captainName }) =>
    `Pick ${pickNumber}: ${teamName ?? captainName} picks ${pickedName}`,
  TieRolled: ({ resolution, winnerName }) => `Tie: ${tie(resolution, winnerName)}`,
  CaptainAssigned: ({ nextTeam, teamMmr }) => `${nextTeam} is next (${points(teamMmr)} MMR)`,
  PickUndone: ({ pickNumber, undonePlayerName, teamName }) =>
    `Pick ${pickNumber} is undone: ${undonePlayerName} leaves ${teamName ?? 'the team'}`,
  DraftCompleted: ({ teamCount }) => `The draft is complete: ${count(teamCount, 'team')}`,
};

/** A kind of event that this page does not know is at least named. */
export const words = (event) =>
  WORDS[event.__typename]?.(event) ?? event.type.toLowerCase().replaceAll('_', ' ');
