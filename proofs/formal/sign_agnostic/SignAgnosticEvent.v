(** * SignAgnosticEvent (A1, probability): the bad event of construction A.

    - [layer_prob]: the serving of each layer fails with probability at most [beta t], whatever
      the layers before it are (G1 with q = 1/2 for the split and the carries, q = 3/4 for the
      doublings).
    - [reads_prob] (E3): all top e digits of an input have the same sign, as one reader sees them,
      with probability at most 2 2^-e. The edges of a read-out are digits alone, fresh for any
      placement before it.
    - [A1_bad_prob]: the bad event has probability at most [match_sum] + [digit_sum], the two sums
      of A1. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Range Pool Network Layers Split.
From Pmone Require Import SignAgnosticPlan.
Import ListNotations.
Open Scope R_scope.

Section Event.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation e := (p_e T).
Local Notation nC := (p_C T).
Local Notation nD := (p_D T).
Local Notation K := (digits T).
Local Notation L := (depth T).
Hypothesis l_pos : (1 <= l)%nat.
Hypothesis Hsizes : sizes T.

(** ** the serving *)
Definition carries (i k : nat) : R := G1 (ins T i * S k) nC half.
Definition doubles (i k : nat) : R :=
  (if (S (S k) <? K)%nat then 2 else 1) * G1 (ins T i) nD threeq.
Definition beta (t : nat) : R :=
  match kind_of T t with
  | SignAgnosticPlan.Split => 2 * G1 (2 * dims 0) nD half
  | Double i k => carries i k + doubles i k
  | Read i => 0
  end.

Lemma half_pos n u : 0 <= G1 n u half. Proof. apply G1_nonneg. unfold half. lra. Qed.
Lemma threeq_pos n u : 0 <= G1 n u threeq. Proof. apply G1_nonneg. unfold threeq. lra. Qed.
Lemma beta_nonneg t : 0 <= beta t.
Proof.
  unfold beta, carries, doubles. destruct (kind_of T t) as [|i k|i]; try lra.
  - pose proof (half_pos (2 * dims 0) nD). lra.
  - pose proof (half_pos (ins T i * S k) nC). pose proof (threeq_pos (ins T i) nD).
    destruct (_ <? _)%nat; lra.
Qed.

(** a layer fails with at most the sum of its groups' probabilities *)
Lemma groups_prob t w0 w gs : (forall w', groups T t (place T t w0) w' = gs) ->
  forall b : list slot * list nat -> R,
  (forall g, In g gs -> E (from T t) (fun w' =>
    ind (servefail (fit T t (place T t w0) w') (fst g) (snd g))) w <= b g) ->
  E (from T t) (fun w' => ind (layerfail T t (place T t w0) w')) w <= rsum b gs.
Proof.
  intros Hg b Hb. rewrite (E_ext _ _ (fun w' =>
    ind (existsb (fun g => servefail (fit T t (place T t w0) w') (fst g) (snd g)) gs))).
  - apply (union_bound (from T t) (fun g w' =>
      servefail (fit T t (place T t w0) w') (fst g) (snd g))). auto.
  - intros w' _. unfold layerfail. cbn [layout_of lay_groups]. rewrite Hg. auto.
Qed.

(** one group whose slots need k edges each, all of them fresh *)
Lemma group_prob t w0 w slots0 po k : (S t < L)%nat -> NoDup slots0 -> NoDup po ->
  (forall r, In r po -> (r < width T)%nat) ->
  (forall a, In a slots0 -> length (req T t a) = k /\
     NoDup (map fst (req T t a)) /\ incl (map fst (req T t a)) (slots T t)) ->
  (forall a a' b, In a slots0 -> In a' slots0 -> In b (map fst (req T t a)) ->
    In b (map fst (req T t a')) -> a = a') ->
  E (from T t) (fun w' => ind (servefail (fit T t (place T t w0) w') slots0 po)) w
  <= G1 (length slots0) (length po) (unfit k).
Proof.
  intros Ht NS NP HP Hreq Hu. apply (Layers.group_prob T (plan_valid T)); auto.
  - apply plan_roomy; auto. exact (Nat.lt_succ_l _ _ Ht).
  - intros r Hr. cbn [layout_of lay_wd]. rewrite wd_in by (auto; lia). auto.
  - intros a Ha. destruct (Hreq a Ha) as (A1 & A2 & A3). auto.
Qed.

Lemma split_prob w0 w : E (from T 0) (fun w' => ind (layerfail T 0 (place T 0 w0) w')) w <= beta 0.
Proof.
  assert (Ht : (1 < L)%nat) by (apply two_layers; auto).
  set (fits0 := fun w' => fit T 0 (place T 0 w0) w').
  assert (SP : forall F, F = D \/ F = D' -> forall w j r, (j < dims 0)%nat ->
    fits0 w (F j) r = w (0%nat, r, j)).
  { intros F HF w' j r Hj. unfold fits0, fit, rq. cbn [layout_of lay_req lay_out]. unfold req.
    cbn [kind_of].
    destruct HF as [-> | ->]; (destruct (Nat.ltb_spec j (dims 0)); [|lia]); cbn; destruct (w' _);
      auto. }
  assert (SM : forall F, F = D \/ F = D' -> forall w j r, (j < dims 0)%nat ->
    fits0 w (F (dims 0 + j)%nat) r = negb (w (0%nat, r, j))).
  { intros F HF w' j r Hj. unfold fits0, fit, rq. cbn [layout_of lay_req lay_out]. unfold req.
    cbn [kind_of].
    destruct HF as [-> | ->]; (destruct (Nat.ltb_spec (dims 0 + j) (dims 0)); [lia|]);
      replace (dims 0 + j - dims 0)%nat with j by lia; cbn; destruct (w' _); auto. }
  assert (B : forall F po, F = D \/ F = D' -> NoDup po ->
    (forall r, In r po -> (r < width T)%nat) ->
    E (from T 0) (fun w' => ind (servefail (fits0 w') (flat_map
      (fun j => [F j; F (dims 0 + j)%nat]) (seq 0 (dims 0))) po)) w
    <= G1 (2 * dims 0) (length po) half).
  { intros F po HF NP HP.
    apply (split_over (dims 0) F (fun j => F (dims 0 + j)%nat) fits0 (SP F HF) (SM F HF) po
      (from T 0) w); auto using from_nd.
    intros r j Hr Hj. apply in_from. cbn [layout_of lay_L lay_wd]. repeat split; try lia.
    + rewrite wd_in by (auto; lia). auto.
    + unfold wd, shape. cbn. lia. }
  eapply Rle_trans; [apply (groups_prob 0 w0 w [(split_ds T, poolD T); (split_ds' T, poolD' T)]
    ltac:(reflexivity) (fun g => G1 (2 * dims 0) (length (snd g)) half))|].
  - intros g [<-|[<-|[]]]; cbn [fst snd].
    + apply (B D); auto; [apply seq_NoDup|]. intros r Hr. apply poolD_lt; auto.
    + apply (B D'); auto; [apply seq_NoDup|]. intros r Hr. apply poolD'_lt; auto.
  - cbn [rsum snd]. unfold poolD, poolD'. rewrite !seq_length. unfold beta. cbn [kind_of]. lra.
Qed.

Lemma double_prob i k w0 w : (i < l)%nat -> (S k < K)%nat ->
  E (from T (time T i k)) (fun w' => ind (layerfail T (time T i k) (place T (time T i k) w0) w')) w
  <= beta (time T i k).
Proof.
  intros Hi Hk. set (t := time T i k).
  assert (Ht : (S t < L)%nat) by (apply time_S_lt; auto).
  assert (Kt : kind_of T t = Double i k) by (apply kind_double; auto).
  assert (SD : forall j, (j < ins T i)%nat -> In (D j) (slots T t))
    by (intros; apply slots_D; auto; lia).
  assert (SD' : forall j, (j < ins T i)%nat -> In (D' j) (slots T t))
    by (intros; apply slots_D'; auto; lia).
  assert (RC : forall b j, req T t (C b j) = [(if (b =? k)%nat then D j else C b j, true)])
    by (intros; unfold req; rewrite Kt; auto).
  assert (RD : forall a j, a = D j \/ a = D' j -> req T t a = [(D j, true); (D' j, true)])
    by (intros a j [-> | ->]; unfold req; rewrite Kt; auto).
  assert (BD : forall ss po, ss = ds (ins T i) \/ ss = ds' (ins T i) -> NoDup po ->
    length po = nD ->
     (forall r, In r po -> (r < width T)%nat) ->
     E (from T t) (fun w' => ind (servefail (fit T t (place T t w0) w') ss po)) w
       <= G1 (ins T i) nD threeq).
  { intros ss po Hss NP LP HP.
    assert (Hin : forall a, In a ss -> exists j, (a = D j \/ a = D' j) /\ (j < ins T i)%nat).
    { intros a Ha. destruct Hss as [-> | ->]; [apply in_ds in Ha|apply in_ds' in Ha];
        destruct Ha as [j [-> Hj]]; eauto. }
    assert (Hone : forall a a' j, In a ss -> In a' ss -> a = D j \/ a = D' j ->
      a' = D j \/ a' = D' j -> a = a').
    { intros a a' j Ha Ha' E1 E2.
      destruct Hss as [-> | ->]; [apply in_ds in Ha, Ha'|apply in_ds' in Ha, Ha'];
        destruct Ha as [? [-> _]], Ha' as [? [-> _]]; destruct E1, E2; congruence. }
    assert (Hl : NoDup ss /\ length ss = ins T i).
    { destruct Hss as [-> | ->]; auto using ds_nd, ds'_nd, ds_length, ds'_length. }
    destruct Hl as [ND Len]. rewrite <- Len, <- LP.
    replace threeq with (unfit 2) by (rewrite unfit_2; auto).
    apply group_prob; auto.
    - intros a Ha. destruct (Hin a Ha) as (j & Ea & Hj). rewrite (RD a j Ea). cbn [map fst length].
      repeat split; auto.
      + constructor; [intros [X|[]]; discriminate|repeat constructor; auto].
      + intros b [<-|[<-|[]]]; auto.
    - intros a a' b Ha Ha' Hb Hb'.
      destruct (Hin a Ha) as (j & Ea & Hj), (Hin a' Ha') as (j' & Ea' & Hj').
      rewrite (RD a j Ea) in Hb. rewrite (RD a' j' Ea') in Hb'. apply (Hone a a' j); auto.
      enough (j = j') by (subst; auto).
      destruct Hb as [<-|[<-|[]]], Hb' as [X|[X|[]]]; cbn in X; congruence. }
  assert (BC : E (from T t) (fun w' =>
    ind (servefail (fit T t (place T t w0) w') (wires (S k) (ins T i)) (poolC T))) w
     <= carries i k).
  { unfold carries. replace (ins T i * S k)%nat with (length (wires (S k) (ins T i)))
      by (rewrite wires_length; lia).
    replace nC with (length (poolC T)) at 1 by apply seq_length.
    replace half with (unfit 1) by (rewrite unfit_1; auto).
    assert (CB : forall b j, (b < S k)%nat -> (j < ins T i)%nat ->
      In (if (b =? k)%nat then D j else C b j) (slots T t)).
    { intros b j Hb Hj. destruct (Nat.eqb_spec b k); auto. apply slots_C; auto; lia. }
    apply group_prob; auto using wires_nd.
    - apply seq_NoDup.
    - intros r Hr. apply poolC_lt; auto.
    - intros a Ha. apply in_wires in Ha as (b & j & -> & Hb & Hj). rewrite RC.
      cbn [map fst length]. repeat split; auto.
      + repeat constructor; auto.
      + intros c [<-|[]]. apply CB; auto.
    - intros a a' c Ha Ha' Hc Hc'.
      apply in_wires in Ha as (b & j & -> & Hb & Hj), Ha' as (b' & j' & -> & Hb' & Hj').
      rewrite RC in Hc, Hc'. destruct Hc as [<-|[]], Hc' as [X|[]]. cbn [fst] in X.
      destruct (Nat.eqb_spec b k), (Nat.eqb_spec b' k); try discriminate; injection X; congruence. }
  eapply Rle_trans; [apply (groups_prob t w0 w [(wires (S k) (ins T i), poolC T);
    (ds (ins T i), poolD T);
      (if (S (S k) <? K)%nat then ds' (ins T i) else [], poolD' T)]
    ltac:(intros; unfold groups; rewrite Kt; reflexivity)
    (fun g => E (from T t) (fun w' => ind (servefail (fit T t (place T t w0) w') (fst g) (snd g)))
      w))|].
  - intros; lra.
  - cbn [rsum fst snd].
    pose proof (BD (ds (ins T i)) (poolD T) (or_introl eq_refl) (seq_NoDup _ _) (seq_length _ _)
      (fun r => poolD_lt T r)) as B1.
    pose proof (BD (ds' (ins T i)) (poolD' T) (or_intror eq_refl) (seq_NoDup _ _) (seq_length _ _)
      (fun r => poolD'_lt T r)) as B2.
    unfold beta. rewrite Kt. unfold doubles. destruct (S (S k) <? K)%nat.
    + lra.
    + cbn [servefail ind]. rewrite E_const. lra.
Qed.

(** the read-out's slots need no edge, so they are always served *)
Lemma read_prob i w0 w : (S i < l)%nat ->
  E (from T (time T i (K - 1))) (fun w' =>
    ind (layerfail T (time T i (K - 1)) (place T (time T i (K - 1)) w0) w')) w <= 0.
Proof.
  intros Hi. set (t := time T i (K - 1)).
  assert (Kt : kind_of T t = Read i) by (apply kind_read; auto).
  assert (Ht : (S t < L)%nat) by (unfold t; rewrite time_next by auto; apply time_next_lt; auto).
  assert (Hs : (outs T i <= nD)%nat) by (rewrite outs_ins; apply Hsizes; auto).
  assert (RN : forall a, req T t a = []) by (intros a; unfold req; rewrite Kt; destruct a; auto).
  assert (B : forall ss po, NoDup ss -> NoDup po -> length ss = outs T i -> length po = nD ->
    (forall r, In r po -> (r < width T)%nat) ->
    E (from T t) (fun w' => ind (servefail (fit T t (place T t w0) w') ss po)) w <= 0).
  { intros ss po NS NP LS LP HP.
    eapply Rle_trans; [apply (group_prob t w0 w ss po 0); auto|].
    - intros a _. rewrite RN. cbn. repeat split; [constructor|intros b []].
    - intros a a' b _ _ Hb. rewrite RN in Hb. easy.
    - right. replace (unfit 0) with 0 by (unfold unfit; cbn; lra). apply G1_zero. lia. }
  eapply Rle_trans; [apply (groups_prob t w0 w [(ds (outs T i), poolD T);
    (ds' (outs T i), poolD' T)]) with (b := fun _ => 0)|].
  - intros w'. unfold groups. rewrite Kt. destruct (Nat.eqb_spec (S i) l); [lia|auto].
  - intros g [<-|[<-|[]]]; cbn [fst snd]; apply B; auto using ds_nd, ds'_nd, ds_length, ds'_length;
      try apply seq_NoDup;
      try apply seq_length; intros r Hr; [apply poolD_lt|apply poolD'_lt]; auto.
  - cbn. lra.
Qed.

Theorem layer_prob t w : (S t < L)%nat -> E (coords T) (fun w => ind (badlayer T t w)) w <= beta t.
Proof.
  intros Ht.
  apply (Layers.layer_cond T (reads T) (rq_reads T) ltac:(intros; reflexivity) t (beta t)
    (layerfail T t)).
  - exact (Nat.lt_succ_l _ _ Ht).
  - intros t' c. apply reads_before; auto.
  - intros w0. destruct (time_cases T Hsizes t ltac:(lia)) as [->|(i & k & Hi & Hk & ->)];
      [apply split_prob|].
    destruct (Nat.lt_ge_cases (S k) K); [apply double_prob; auto|].
    assert (k = K - 1)%nat by lia. subst k.
    assert (Hi' : (S i < l)%nat).
    { destruct (Nat.eq_dec (S i) l) as [El|]; [|lia].
      rewrite time_next, El, time_last in Ht by auto. lia. }
    unfold beta. rewrite kind_read by auto. apply read_prob; auto.
Qed.

(** ** the digits *)
Section One.
Variables (i : nat) (h : bool) (o j : nat).
Hypothesis Hi : (i < l)%nat.
Hypothesis Hh : In h (halves T i).
Hypothesis Ho : (o < outs T i)%nat.
Hypothesis Hj : (j < ins T i)%nat.
Local Notation t := (time T i (K - 1)).

Lemma t_lt : (t < L)%nat.
Proof. pose proof (K_pos T Hsizes). apply time_lt; lia. Qed.
Lemma reader_lt w : (reader T w i h o < wd T (S t))%nat.
Proof.
  rewrite time_next by auto. unfold reader. destruct (Nat.eqb_spec (S i) l) as [El|Ne].
  - rewrite El, time_last, wd_out by auto. unfold outs in Ho. rewrite El in Ho. auto.
  - assert (Hi' : (S i < l)%nat) by lia.
    apply (slot_lt T (plan_valid T));
      [apply time_next_lt; auto|apply plan_roomy; auto; apply time_next_lt; auto|].
    apply slots_held; auto.
Qed.
Lemma reader_fixed w w' : agree (from T t) w w' -> reader T w' i h o = reader T w i h o.
Proof.
  intros A. unfold reader. destruct (Nat.eqb_spec (S i) l) as [El|Ne]; auto.
  destruct (place_from T Hsizes l_pos i w w' Hi A) as [_ ->]; auto. lia.
Qed.

Definition edge (w : signs) (k : nat) : coord :=
  (t, reader T w i h o, place T t w (wire T (K - 1 - k) j)).
Definition pattern (b : bool) (w : signs) : list (coord * bool) := all b (edge w) (seq 0 e).

Lemma edges_in w : incl (map (edge w) (seq 0 e)) (from T t).
Proof.
  intros c Hc. apply in_map_iff in Hc as [k [<- Hk]]. apply in_seq in Hk. unfold edge.
  pose proof t_lt as Ht. apply in_from. repeat split; auto; [apply reader_lt|].
  apply (slot_lt T (plan_valid T)); auto; [apply plan_roomy; auto|].
  apply slots_wire; auto. pose proof (K_pos T Hsizes). lia.
Qed.
Lemma edges_nd w : NoDup (map (edge w) (seq 0 e)).
Proof.
  apply NoDup_map_in; [apply seq_NoDup|]. intros k k' Hk Hk' Eq. apply in_seq in Hk, Hk'.
  assert (Hd : (e <= K)%nat) by (unfold digits; lia).
  assert (Eq' : place T t w (wire T (K - 1 - k) j) = place T t w (wire T (K - 1 - k') j))
    by (injection Eq; auto).
  apply (slot_inj T (plan_valid T)) in Eq'.
  - apply wire_inj in Eq'. lia.
  - apply plan_roomy; auto. apply t_lt.
  - apply slots_wire; auto. lia.
  - apply slots_wire; auto. lia.
Qed.
Lemma fits_pattern b w w' : agree (from T t) w w' ->
  fits (pattern b w) w' = forallb (fun k => Bool.eqb (dsign T w' i h o j k) b) (seq 0 e).
Proof.
  intros A. unfold pattern, all, fits.
  induction (seq 0 e) as [|k ks IH]; cbn [map forallb fst snd]; auto. rewrite IH. f_equal. f_equal.
  unfold dsign, edge. rewrite (reader_fixed w w' A).
  destruct (place_from T Hsizes l_pos i w w' Hi A) as [-> _]. auto.
Qed.
Lemma pattern_prob b w w1 : E (from T t) (fun w' => ind (fits (pattern b w1) w')) w = (1/2) ^ e.
Proof.
  unfold pattern. rewrite (E_sub (map (edge w1) (seq 0 e))); auto using edges_nd, edges_in, from_nd.
  - rewrite prob_all, seq_length by apply edges_nd. auto.
  - intros w2 w3 H. f_equal. apply fits_agree. rewrite all_fst. auto.
Qed.

(** E3 *)
Lemma reads_prob w : E (coords T) (fun w => ind (baddigit T w (i, h, o, j))) w <= 2 * (1/2) ^ e.
Proof.
  apply (E_cond (from T t)); auto using from_nd, coords_nd.
  - intros c Hc. unfold from in Hc. apply filter_In in Hc. tauto.
  - intros w1. eapply Rle_trans
      with (E (from T t) (fun w' =>
      ind (fits (pattern true w1) w') + ind (fits (pattern false w1) w')) w1).
    + apply E_le. intros w2 A. unfold baddigit. rewrite !(fits_pattern _ w1 w2 A).
      eapply Rle_trans; [apply ind_or|]. right. f_equal; f_equal; apply forallb_ext_in; intros k _;
        destruct (dsign T w2 i h o j k); auto.
    + rewrite E_plus, !pattern_prob. lra.
Qed.
End One.

(** ** the sums of A1 *)
Definition match_sum : R :=
  2 * G1 (2 * dims 0) nD half +
  rsum (fun i => rsum (fun t => G1 (ins T i * t) nC half) (seq 1 (K - 1))
    + INR (2 * K - 3) * G1 (ins T i) nD threeq) (seq 0 l).
Definition digit_sum : R :=
  (rsum (fun i => INR (2 * (outs T i * ins T i))) (seq 0 (l - 1))
    + INR (outs T (l - 1) * ins T (l - 1))) * (2 * (1/2) ^ e).

Lemma sum_layers (f : nat -> R) n : rsum f (seq 0 (1 + n * K)) =
  f 0%nat + rsum (fun i => rsum (fun k => f (time T i k)) (seq 0 K)) (seq 0 n).
Proof.
  induction n as [|n IH].
  - cbn. lra.
  - replace (1 + S n * K)%nat with ((1 + n * K) + K)%nat by lia.
    rewrite seq_app, rsum_app, IH, seq_S, rsum_app. cbn [rsum].
    rewrite (seq_off (0 + (1 + n * K))), rsum_map. rewrite !Rplus_assoc. do 2 f_equal.
    rewrite Rplus_0_r. apply rsum_ext. intros k _. f_equal.
Qed.
Lemma sum_doubles i : forall n,
  rsum (fun k => (if (S (S k) <? S n)%nat then 2 else 1) * G1 (ins T i) nD threeq) (seq 0 n)
  = INR (2 * n - 1) * G1 (ins T i) nD threeq.
Proof.
  intros [|n]; [cbn; lra|]. rewrite seq_S, rsum_app. cbn [rsum Nat.add]. rewrite Nat.ltb_irrefl.
  rewrite (rsum_ext _ (fun _ => 2 * G1 (ins T i) nD threeq)).
  - rewrite rsum_const, seq_length. replace (2 * S n - 1)%nat with (2 * n + 1)%nat by lia.
    rewrite plus_INR, mult_INR. cbn [INR]. lra.
  - intros k Hk. apply in_seq in Hk. destruct (Nat.ltb_spec (S (S k)) (S (S n))); [auto|lia].
Qed.
Lemma sum_section i : (i < l)%nat -> rsum (fun k => beta (time T i k)) (seq 0 K) =
  rsum (fun t => G1 (ins T i * t) nC half) (seq 1 (K - 1))
    + INR (2 * K - 3) * G1 (ins T i) nD threeq.
Proof.
  intros Hi. pose proof (K_pos T Hsizes) as KP.
  replace (seq 0 K) with (seq 0 (K - 1) ++ [(K - 1)%nat]).
  2:{ replace K with (S (K - 1)) at 3 by lia. rewrite seq_S. auto. }
  rewrite rsum_app. cbn [rsum]. unfold beta at 2. rewrite kind_read by auto.
  rewrite (rsum_ext _ (fun k => carries i k + doubles i k)).
  2:{ intros k Hk. apply in_seq in Hk. unfold beta. rewrite kind_double by lia. auto. }
  assert (DS : rsum (doubles i) (seq 0 (K - 1)) = INR (2 * K - 3) * G1 (ins T i) nD threeq).
  { pose proof (sum_doubles i (K - 1)) as SD. replace (S (K - 1)) with K in SD by lia.
    replace (2 * (K - 1) - 1)%nat with (2 * K - 3)%nat in SD by lia. exact SD. }
  rewrite rsum_plus, DS, seq_shift_S, rsum_map. unfold carries. lra.
Qed.
Lemma sum_beta : rsum beta (seq 0 L) = match_sum.
Proof.
  unfold depth. rewrite sum_layers. unfold match_sum. f_equal. apply rsum_ext. intros i Hi.
  apply in_seq in Hi.
  apply sum_section. lia.
Qed.

Lemma sum_digits : rsum (fun _ => 2 * (1/2) ^ e) (quads T) = digit_sum.
Proof.
  unfold quads, digit_sum. set (z := 2 * (1/2) ^ e).
  rewrite rsum_flat_map. rewrite (rsum_ext _ (fun i =>
    INR (length (halves T i) * (outs T i * ins T i)) * z)).
  2:{ intros i _. rewrite rsum_flat_map.
      rewrite (rsum_ext _ (fun _ => INR (outs T i * ins T i) * z)).
      - rewrite rsum_const, (mult_INR (length (halves T i))). ring.
      - intros h _. rewrite rsum_map, rsum_const, prod_length, !seq_length. auto. }
  assert (ES : seq 0 l = seq 0 (l - 1) ++ [(l - 1)%nat]).
  { change [(l - 1)%nat] with [(0 + (l - 1))%nat]. rewrite <- seq_S. f_equal. lia. }
  rewrite ES, rsum_app. cbn [rsum]. unfold halves at 2. replace (S (l - 1)) with l by lia.
  rewrite Nat.eqb_refl.
  rewrite (rsum_ext _ (fun i => z * INR (2 * (outs T i * ins T i)))).
  - rewrite rsum_scal. cbn [length]. rewrite Nat.mul_1_l. ring.
  - intros i Hi. apply in_seq in Hi. unfold halves. destruct (Nat.eqb_spec (S i) l); [lia|].
    cbn [length]. ring.
Qed.

(** A1: the failure bound *)
Theorem A1_bad_prob w : E (coords T) (fun w => ind (bad T w)) w <= match_sum + digit_sum.
Proof.
  eapply Rle_trans with (E (coords T) (fun w =>
    ind (existsb (fun t => badlayer T t w) (seq 0 (L - 1)))
     + ind (existsb (baddigit T w) (quads T))) w).
  { apply E_le. intros w' _. apply ind_or. }
  rewrite E_plus. apply Rplus_le_compat.
  - eapply Rle_trans with (rsum beta (seq 0 (L - 1))).
    + apply (union_bound (coords T) (fun t w => badlayer T t w)). intros t Ht. apply in_seq in Ht.
      apply layer_prob. lia.
    + rewrite <- sum_beta. replace L with (S (L - 1)) at 2 by (unfold depth; lia).
      rewrite seq_S, rsum_app. cbn [rsum]. pose proof (beta_nonneg (0 + (L - 1))). lra.
  - rewrite <- sum_digits. apply (union_bound (coords T) (fun d w => baddigit T w d)).
    intros [[[i h] o] j] Hq. unfold quads in Hq. apply in_flat_map in Hq as [i' [Hi' Hq]].
    apply in_flat_map in Hq as [h' [Hh' Hq]].
    apply in_map_iff in Hq as [[a b] [Eq Hq]]. cbn in Eq. injection Eq as -> -> -> ->.
    apply in_prod_iff in Hq as [H1 H2]. apply in_seq in Hi', H1, H2. apply reads_prob; auto; lia.
Qed.
End Event.
