import { Icon } from './Icon';

/** Begins to play, and pauses. */
export function PlayButton({ playing, onToggle }: { playing: boolean; onToggle: () => void }) {
  return (
    <button className="button plain icon" aria-label={playing ? 'Pause' : 'Play'} onClick={onToggle}>
      <Icon name={playing ? 'pause' : 'play'} />
    </button>
  );
}
