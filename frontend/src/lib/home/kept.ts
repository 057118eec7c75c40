/** Where home keeps what functions there are: the same for everybody in a role. */
export const KEPT = 'hues.home';
