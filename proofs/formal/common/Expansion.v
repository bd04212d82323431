(** * Expansion (E): signs do not matter.

    A list of signs [s] (true is +1, false is -1) and a list of digits [m] of the same length K,
    most significant first, have the value [val s m], the sum over t of 2^(K-1-t) s_t m_t.
    - E1: whatever the signs, the values are exactly the 2^K consecutive integers from -N(s) to
      2^K - 1 - N(s), N(s) = [neg s], and each is reached by exactly one list of digits, [mask s V].
    - E2: for V >= 0 every Horner prefix is >= 0, and >= 1 wherever the digit used is -1.
    - E3: if among the top e digits both signs occur, all |V| <= 2^(K-e) are representable.
    - E4: if among the top e digits there is a +, all 0 <= V <= 2^(K-e) are representable. *)
Require Import ZArith List Lia Bool.
Import ListNotations.
Open Scope Z_scope.

Definition sg (b : bool) : Z := if b then 1 else -1.
Definition bit (b : bool) : Z := if b then 1 else 0.
Definition pow2 (k : nat) : Z := 2 ^ Z.of_nat k.

Lemma pow2_S k : pow2 (S k) = 2 * pow2 k.
Proof. unfold pow2. rewrite Nat2Z.inj_succ, Z.pow_succ_r; lia. Qed.
Lemma pow2_pos k : 0 < pow2 k.
Proof. unfold pow2. apply Z.pow_pos_nonneg; lia. Qed.
Lemma pow2_0 : pow2 0 = 1. Proof. reflexivity. Qed.

Fixpoint val (s m : list bool) : Z :=
  match s, m with
  | a :: s', b :: m' => pow2 (length s') * (sg a * bit b) + val s' m'
  | _, _ => 0
  end.

(** N(s): the sum of 2^b over the digits b with sign -1 *)
Fixpoint neg (s : list bool) : Z :=
  match s with
  | [] => 0
  | a :: s' => (if a then 0 else pow2 (length s')) + neg s'
  end.

Lemma neg_range s : 0 <= neg s <= pow2 (length s) - 1.
Proof.
  induction s as [|a s IH]; cbn [neg length].
  - rewrite pow2_0; lia.
  - rewrite pow2_S. pose proof (pow2_pos (length s)). destruct a; lia.
Qed.

Lemma val_range s : forall m, length m = length s ->
  - neg s <= val s m <= pow2 (length s) - 1 - neg s.
Proof.
  induction s as [|a s IH]; intros [|b m] H; try discriminate.
  - cbn. lia.
  - cbn [val neg length] in *. specialize (IH m ltac:(lia)).
    rewrite pow2_S. pose proof (pow2_pos (length s)).
    destruct a, b; cbn [sg bit]; lia.
Qed.

(** the digits of V: at each place keep the digit when the rest cannot make up for it *)
Fixpoint mask (s : list bool) (V : Z) : list bool :=
  match s with
  | [] => []
  | a :: s' =>
      let P := pow2 (length s') in
      let b := if a then (P - 1 - neg s' <? V) else (V <? - neg s') in
      b :: mask s' (V - P * (sg a * bit b))
  end.

Lemma mask_length s : forall V, length (mask s V) = length s.
Proof. induction s; intros; cbn [mask length]; auto. Qed.

(** ** E1 *)
Theorem E1_exists s : forall V,
  - neg s <= V <= pow2 (length s) - 1 - neg s -> val s (mask s V) = V.
Proof.
  induction s as [|a s IH]; intros V H.
  - cbn in *. lia.
  - cbn [val mask neg length] in *. rewrite pow2_S in H.
    pose proof (pow2_pos (length s)).
    rewrite IH; [lia|].
    destruct a; cbn [sg].
    + destruct (Z.ltb_spec (pow2 (length s) - 1 - neg s) V); cbn [bit]; lia.
    + destruct (Z.ltb_spec V (- neg s)); cbn [bit]; lia.
Qed.

Theorem E1_unique s : forall m m', length m = length s -> length m' = length s ->
  val s m = val s m' -> m = m'.
Proof.
  induction s as [|a s IH]; intros [|b m] [|b' m'] H H' E; try discriminate; auto.
  cbn [val length] in *.
  pose proof (val_range s m ltac:(lia)). pose proof (val_range s m' ltac:(lia)).
  pose proof (pow2_pos (length s)).
  assert (b = b') by (destruct a, b, b'; cbn [sg bit] in E; auto; lia).
  subst b'. f_equal. apply IH; lia.
Qed.

Theorem E1_interval s V :
  - neg s <= V <= pow2 (length s) - 1 - neg s <->
  exists! m, length m = length s /\ val s m = V.
Proof.
  split.
  - intros H. exists (mask s V). split.
    + split; [apply mask_length | apply E1_exists; auto].
    + intros m' [Hl Hv]. apply (E1_unique s); auto using mask_length.
      rewrite E1_exists; auto.
  - intros [m [[Hl Hv] _]]. subst V. apply val_range; auto.
Qed.

(** ** E2: Horner prefixes *)
Fixpoint horner (s m : list bool) (h : Z) : Z :=
  match s, m with
  | a :: s', b :: m' => horner s' m' (2 * h + sg a * bit b)
  | _, _ => h
  end.
(** h_t: the Horner value of the first t digits *)
Definition hpre (s m : list bool) (t : nat) : Z := horner (firstn t s) (firstn t m) 0.

Lemma horner_val s : forall m h, length m = length s ->
  horner s m h = pow2 (length s) * h + val s m.
Proof.
  induction s as [|a s IH]; intros [|b m] h H; try discriminate.
  - cbn [horner val length]. rewrite pow2_0. lia.
  - cbn [horner val length] in *. rewrite IH by lia. rewrite pow2_S. ring.
Qed.

Lemma horner_app s1 : forall m1 s2 m2 h, length m1 = length s1 ->
  horner (s1 ++ s2) (m1 ++ m2) h = horner s2 m2 (horner s1 m1 h).
Proof.
  induction s1; intros [|b m1] s2 m2 h H; try discriminate; auto.
  cbn [app horner length] in *. apply IHs1. lia.
Qed.

Lemma horner_acc_nonneg s m h : length m = length s -> 0 <= horner s m h -> 0 <= h.
Proof.
  intros Hl H. rewrite horner_val in H by auto.
  pose proof (val_range s m Hl). pose proof (neg_range s).
  pose proof (pow2_pos (length s)). nia.
Qed.

Theorem E2_nonneg s m t : length m = length s -> 0 <= val s m -> 0 <= hpre s m t.
Proof.
  intros Hl H. unfold hpre.
  apply (horner_acc_nonneg (skipn t s) (skipn t m)).
  - rewrite !skipn_length. lia.
  - rewrite <- horner_app by (rewrite !firstn_length; lia).
    rewrite !firstn_skipn, horner_val by auto. lia.
Qed.

Lemma firstn_S_nth (A : Type) (d : A) : forall (l : list A) t, (t < length l)%nat ->
  firstn (S t) l = firstn t l ++ [nth t l d].
Proof.
  induction l; intros [|t] H; cbn [length] in *; try lia; auto.
  cbn [nth]. rewrite firstn_cons, IHl by lia. reflexivity.
Qed.

Theorem E2_step s m t : length m = length s -> (t < length s)%nat ->
  hpre s m (S t) = 2 * hpre s m t + sg (nth t s true) * bit (nth t m false).
Proof.
  intros Hl Ht. unfold hpre.
  rewrite (firstn_S_nth _ true s), (firstn_S_nth _ false m) by lia.
  rewrite horner_app by (rewrite !firstn_length; lia). reflexivity.
Qed.

Theorem E2_positive s m t : length m = length s -> (t < length s)%nat -> 0 <= val s m ->
  sg (nth t s true) * bit (nth t m false) = -1 -> 1 <= hpre s m t.
Proof.
  intros Hl Ht HV Hd.
  pose proof (E2_nonneg s m (S t) Hl HV) as H. rewrite E2_step in H by auto. lia.
Qed.

Lemma hpre_0 s m : hpre s m 0 = 0.
Proof. reflexivity. Qed.
Lemma hpre_all s m : length m = length s -> hpre s m (length s) = val s m.
Proof. intros H. unfold hpre. rewrite !firstn_all2, horner_val by lia. lia. Qed.

(** ** E3, E4: ranges *)
Lemma neg_plus_one : forall e s, (e <= length s)%nat -> In true (firstn e s) ->
  neg s <= pow2 (length s) - 1 - pow2 (length s - e).
Proof.
  induction e as [|e IH]; intros [|a s] He HI; cbn [firstn length neg] in *; try easy; try lia.
  rewrite pow2_S. replace (S (length s) - S e)%nat with (length s - e)%nat by lia.
  assert (pow2 (length s - e) <= pow2 (length s)).
  { unfold pow2. apply Z.pow_le_mono_r; lia. }
  pose proof (neg_range s).
  destruct a.
  - lia.
  - destruct HI as [HI|HI]; [discriminate|]. specialize (IH s ltac:(lia) HI). lia.
Qed.

Lemma neg_minus_one : forall e s, (e <= length s)%nat -> In false (firstn e s) ->
  pow2 (length s - e) <= neg s.
Proof.
  induction e as [|e IH]; intros [|a s] He HI; cbn [firstn length neg] in *; try easy; try lia.
  replace (S (length s) - S e)%nat with (length s - e)%nat by lia.
  assert (pow2 (length s - e) <= pow2 (length s)).
  { unfold pow2. apply Z.pow_le_mono_r; lia. }
  pose proof (neg_range s).
  destruct a.
  - destruct HI as [HI|HI]; [discriminate|]. specialize (IH s ltac:(lia) HI). lia.
  - lia.
Qed.

Theorem E3_range s e V : (e <= length s)%nat -> In true (firstn e s) -> In false (firstn e s) ->
  - pow2 (length s - e) <= V <= pow2 (length s - e) -> val s (mask s V) = V.
Proof.
  intros He HT HF HV. apply E1_exists.
  pose proof (neg_plus_one e s He HT). pose proof (neg_minus_one e s He HF). lia.
Qed.

Theorem E4_range s e V : (e <= length s)%nat -> In true (firstn e s) ->
  0 <= V <= pow2 (length s - e) -> val s (mask s V) = V.
Proof.
  intros He HI HV. apply E1_exists. pose proof (neg_plus_one e s He HI). pose proof (neg_range s).
  lia.
Qed.

(** E4 is sharp: one + among the top e digits does not give all of [0, 2^K - 2^(K-e)] *)
Example E4_wider_range_fails :
  ~ (forall s e, (e <= length s)%nat -> In true (firstn e s) ->
     forall V, 0 <= V <= pow2 (length s) - pow2 (length s - e) ->
     exists m, length m = length s /\ val s m = V).
Proof.
  intros H.
  destruct (H [false; true] 2%nat (le_n 2) (or_intror (or_introl eq_refl)) 2) as [m [Hl Hv]].
  { change (0 <= 2 <= 3). lia. }
  pose proof (val_range [false;true] m Hl) as [_ R]. rewrite Hv in R.
  change (2 <= 1) in R. lia.
Qed.
